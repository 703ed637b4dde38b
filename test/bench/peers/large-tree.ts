/** What each contestant watches when its small app lies in a tree of many files, and how long that takes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchesOf } from '../../helpers/proc.ts'
import { descendants } from '../../helpers/start.ts'
import type { TempDir } from '../../helpers/temp-dir.ts'
import { type Bench, median } from '../figures.ts'
import { type Contestant, contestants, now } from './contestants.ts'
import { type Racer, racer } from './racer.ts'

const PER_DIRECTORY = 50
/** When no watch has been added for so long, ms, all are there. */
const STABLE = 1000

export interface Watched {
  readonly name: string
  readonly watches: number
  /** From the start until the last watch was there, ms. */
  readonly setUp: number
}

export async function largeTree(bench: Bench, node: string): Promise<Watched[]> {
  const files = bench.quick ? 10_000 : 100_000
  const all = contestants().filter(({ language }) => language !== 'ts')
  const found: { contestant: Contestant; counts: number[]; times: number[] }[] = []
  for (const contestant of all) {
    const one = racer(bench, node, contestant)
    fill(one.dir, 'other', files)
    const entry = { contestant, counts: [] as number[], times: [] as number[] }
    found.push(entry)
    for (let round = 0; round < (bench.quick ? 1 : 3); round += 1) {
      const [count, time] = await setUp(one)
      entry.counts.push(count)
      entry.times.push(time)
    }
    one.dir.remove('other')
  }
  return found.map(({ contestant, counts, times }) => ({
    name: contestant.name,
    watches: median(counts),
    setUp: median(times),
  }))
}

/** Puts empty files into a folder, in folders of their own. */
export function fill(dir: TempDir, folder: string, files: number): void {
  for (let at = 0; at < files; at += 1) {
    const place = `${folder}/${Math.floor(at / PER_DIRECTORY)}`
    if (at % PER_DIRECTORY === 0) mkdirSync(dir.file(place), { recursive: true })
    writeFileSync(dir.file(`${place}/${at}.js`), '')
  }
}

/** The watches of a process and its descendants when no more are added, and when the last one was. */
export async function lastWatch(pid: number): Promise<[count: number, at: number]> {
  let [count, since] = [0, now()]
  while (now() - since < STABLE) {
    const seen = [pid, ...descendants(pid)].reduce((sum, process) => sum + watchesOf(process).length, 0)
    if (seen !== count) [count, since] = [seen, now()]
    await sleep(20)
  }
  return [count, since]
}

async function setUp(one: Racer): Promise<[count: number, time: number]> {
  const began = now()
  await one.start()
  const [count, at] = await lastWatch(one.run().pid)
  await one.stop()
  return [count, at - began]
}
