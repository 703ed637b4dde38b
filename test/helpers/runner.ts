/** Runs test files on one Node, as many at a time as keep the cores busy, says which, and counts. */
import { availableParallelism } from 'node:os'
import { type Durations, durations, keepDurations } from './durations.ts'
import { keepBusy } from './keep-busy.ts'
import { versionOf } from './nodes.ts'
import { type Count, type FileResult, runFile } from './run-file.ts'
import { estimated, planned, roughly } from './schedule.ts'
import { isSerial } from './test-files.ts'

/** Results in the order in which the files ended. */
export async function runTests(node: string, files: readonly string[]): Promise<readonly FileResult[]> {
  const [major] = versionOf(node).replace('v', '').split('.') as [string]
  const known = durations(major, files)
  const plan = planned(files, isSerial, known.seconds)
  console.log(heading(files.length, estimated(plan, known.atATime, known.seconds), known))
  const results: FileResult[] = []
  const done = (result: FileResult) => {
    results.push(result)
    console.log(title(result, results.length, files.length))
  }
  const aside = async (file: string) => {
    const result = await runFile(node, file)
    done(result)
    console.log(withoutSummary(result.output))
  }
  /** What runs alone is heard while it runs. */
  const aloud = async (file: string) => {
    console.log(`\n${file}`)
    done(await runFile(node, file, { onOutput: (text) => process.stdout.write(withoutSummary(text)) }))
  }
  const isOnlyOne = files.length === 1
  const atATime = await keepBusy(plan.together, isOnlyOne ? aloud : aside)
  for (const file of plan.alone) await aloud(file)
  keepDurations(major, timesOf(results), files.length > MANY ? atATime : undefined)
  return isOnlyOne ? results : againAlone(node, results)
}

/**
 * A file that failed beside others is run once more, with the machine to itself: then a machine that
 * stood still is told from a product that is wrong. Both results are shown, the second one counts.
 */
async function againAlone(node: string, results: readonly FileResult[]): Promise<readonly FileResult[]> {
  const failed = results.filter(({ count }) => count.failed > 0)
  if (failed.length > MOST_AGAIN) return results
  const again = new Map<string, FileResult>()
  for (const { file } of failed) {
    console.log(`\n${file} failed beside others: once more, alone`)
    const result = await runFile(node, file, {
      onOutput: (text) => process.stdout.write(withoutSummary(text)),
    })
    again.set(file, { ...result, failedBesideOthers: true })
  }
  return results.map((result) => again.get(result.file) ?? result)
}

/** More than this is not an accident of the machine. */
const MOST_AGAIN = 8

/** The seconds of each file that passed: one that failed may have waited in vain, or ended early. */
export const timesOf = (results: readonly FileResult[]): Map<string, number> =>
  new Map(results.filter(({ count }) => count.failed === 0).map(({ file, seconds }) => [file, seconds]))

export function totalOf(counts: readonly Count[]): Count {
  const sum = (of: keyof Count) => counts.reduce((total, count) => total + count[of], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

/** At the end, where it is seen: what has failed, and where. */
export function failures(results: readonly FileResult[]): string {
  const failed = results.filter(({ count }) => count.failed > 0)
  const unsteady = results.filter((result) => result.failedBesideOthers && result.count.failed === 0)
  const unsteadyLines = unsteady.map(({ file }) => `failed beside others, passed alone: ${file}\n`)
  return [...unsteadyLines, ...failed.map(({ file, count }) => `failed: ${file} (${count.failed})\n`)].join(
    '',
  )
}

/** Each file's own sums are in its title. */
const withoutSummary = (text: string): string =>
  text.replace(/^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+\n/gm, '')

/** The closing line: CI reads it. */
export const shown = ({ passed, failed }: Count): string => `${passed} passed, ${failed} failed`

/** Fewer files than these say little of how many run at a time when it is the whole suite. */
const MANY = 50

function heading(files: number, seconds: number | undefined, { from }: Durations): string {
  const cores = availableParallelism()
  const number = `${files} test ${files === 1 ? 'file' : 'files'}`
  if (seconds === undefined) return `${number}; how long they take has not been measured here yet`
  const whence = { here: 'as the last time here', elsewhere: 'not measured here yet', nowhere: '' }[from]
  return `${number}, ${roughly(seconds)} on ${cores} ${cores === 1 ? 'core' : 'cores'} (${whence})`
}

function title({ file, count, seconds }: FileResult, done: number, all: number): string {
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
  return `\n${file} · ${shown(count)}${skipped} · ${seconds.toFixed(1)} s · ${done} of ${all}`
}
