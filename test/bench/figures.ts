/** Numbers: how they are taken together, shown, and read from /proc (Linux). */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Run } from '../helpers/start.ts'
import { REPOSITORY } from '../helpers/temp-dir.ts'

export interface Bench {
  readonly quick: boolean
  /** The Nodes that the peers are measured on. */
  readonly majors: readonly string[]
  /** Registers what is to be undone, last first; as the tests' helpers expect it. */
  readonly after: (fn: () => unknown) => void
}

export interface Row {
  readonly what: string
  readonly bare: number
  readonly exit75: number
  readonly unit: string
  /** What `bare` stands for, where it is not the same program without exit75. */
  readonly note?: string
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const [below = Number.NaN, above = below] = sorted.slice(Math.max(0, half - 1), half + 1)
  return sorted.length % 2 === 1 ? (sorted[half] ?? Number.NaN) : (below + above) / 2
}

/** Now, in ms, on the clock that all processes of a machine share. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6

/** Waits for the line that begins with the word, and gives back the number behind it. */
export async function number(run: Run, word: string): Promise<number> {
  return Number((await run.says(new RegExp(`^${word} (\\S+)\n`)))[1])
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, bare, exit75, unit }) => {
    const percent = bare > 0.05 ? ` (${signed((exit75 / bare - 1) * 100, 0)} %)` : ''
    const difference = `${signed(exit75 - bare)}${percent}`
    return [what, `${shown(bare)} ${unit}`, `${shown(exit75)} ${unit}`, difference]
  })
  const [head, ...columns] = aligned([['median', 'bare', 'exit75', 'difference'], ...lines]).split('\n')
  return [head, ...columns.map((line, at) => `${line}  ${rows[at]?.note ?? ''}`.trimEnd())].join('\n')
}

/** Keeps a picture for the README; a trial leaves that of the last real run alone. */
export function drawing({ quick }: Bench, name: string, picture: string): void {
  const path = join(REPOSITORY, quick ? 'node_modules/.cache' : '.github', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, picture)
}

/** Columns; the first one of words, the others of numbers. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd : cell.padStart).call(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

export const shown = (value: number): string => value.toFixed(value !== 0 && Math.abs(value) < 10 ? 2 : 1)
const signed = (value: number, digits?: number): string =>
  `${value < 0 ? '−' : '+'}${digits === undefined ? shown(Math.abs(value)) : Math.abs(value).toFixed(digits)}`

/** Memory of a process in MB; what it shares with others is divided among them. */
export function pss(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

/** Processor time of a process with all its threads so far, ms. (Its stat file counts in steps of 10 ms.) */
export const cpuTime = (pid: number): number =>
  [...threadTimes(pid).values()].reduce((sum, one) => sum + one, 0)

/** Processor time that each thread of a process has used so far, by its id, ms. */
export function threadTimes(pid: number): Map<string, number> {
  const timeOf = (task: string) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  return new Map(readdirSync(`/proc/${pid}/task`).map((task) => [task, timeOf(task)]))
}
