/**
 * How long each test file took the last time that it passed, and how many ran at a time: on this machine,
 * by this Node (node_modules/.cache), else where test/durations.json was recorded.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { REPOSITORY } from './temp-dir.ts'

export interface Durations {
  readonly seconds: ReadonlyMap<string, number>
  readonly atATime: number
  readonly from: 'here' | 'elsewhere' | 'nowhere'
}

export function durations(major: string, files: readonly string[]): Durations {
  const { [AT_A_TIME]: atATime = availableParallelism() + 1, ...here } = read(cache(major))
  const all = { ...read(RECORDED), ...here }
  const elsewhere = Object.keys(all).length > 0 ? 'elsewhere' : 'nowhere'
  const from = files.every((file) => file in here) ? 'here' : elsewhere
  return { seconds: new Map(Object.entries(all)), atATime, from }
}

/** Adds to what is known. */
export function keepDurations(major: string, measured: ReadonlyMap<string, number>, atATime?: number): void {
  const all = { ...read(cache(major)), ...Object.fromEntries(measured) }
  write(cache(major), atATime === undefined ? all : { ...all, [AT_A_TIME]: atATime })
}

/** Among the files' names, in node_modules/.cache alone. */
const AT_A_TIME = '(at a time)'

/** For those who have measured nothing yet: what has just been measured becomes part of the repository. */
export function recordDurations(measured: ReadonlyMap<string, number>): void {
  const all = Object.entries({ ...read(RECORDED), ...Object.fromEntries(measured) })
  write(RECORDED, Object.fromEntries(all.filter(([file]) => existsSync(join(REPOSITORY, file)))))
}

const RECORDED = join(REPOSITORY, 'test/durations.json')
const cache = (major: string) =>
  join(REPOSITORY, 'node_modules/.cache/exit75-tests', `durations-${major}.json`)

function read(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {} // nothing has been measured yet, or the file was cut
  }
}

function write(file: string, seconds: Record<string, number>): void {
  mkdirSync(dirname(file), { recursive: true })
  const sorted = Object.entries(seconds).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const rounded = sorted.map(([name, time]) => [name, Math.round(time * 10) / 10])
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(rounded), null, 2)}\n`)
}
