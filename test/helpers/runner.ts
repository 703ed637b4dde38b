/** Runs the suite, or a part of it, on one Node, and counts. The one place that knows the test files. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, sep } from 'node:path'
import { REPOSITORY } from './temp-dir.ts'

export interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Every `.test.ts` below `test/`; with names, those whose path contains one of them. Throws if none does. */
export function testFiles(names: readonly string[]): string[] {
  // Node 20 knows no globs here, and without a list it would run the fixtures, too.
  const all = readdirSync(join(REPOSITORY, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.split(sep).includes('fixtures'))
    .map((path) => join('test', path))
    .sort()
  const wanted = all.filter((path) => names.length === 0 || names.some((name) => path.includes(name)))
  if (wanted.length === 0) throw new Error(`no test file has ${names.join(' or ')} in its name`)
  return wanted
}

/** One file after the other: they start processes, which would wait for each other's. */
export async function runTests(node: string, files: readonly string[]): Promise<Count> {
  const dir = mkdtempSync(join(tmpdir(), 'exit75-count-'))
  const counts = join(dir, 'counts.json')
  try {
    const code = await run(node, [
      ...['--import', 'tsx', '--test', '--test-concurrency=1'],
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...['--test-reporter=./test/helpers/count.mjs', `--test-reporter-destination=${counts}`],
      ...files,
    ])
    return countOf(readFileSync(counts, 'utf8'), code)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** A run that failed, or counted nothing, has failed, whatever the reporter heard of it. */
function countOf(text: string, code: number | null): Count {
  const count: Count = text === '' ? { passed: 0, failed: 0, skipped: 0 } : JSON.parse(text)
  const isWrong = count.failed === 0 && (code !== 0 || count.passed === 0)
  return isWrong ? { ...count, failed: 1 } : count
}

function run(node: string, args: readonly string[]): Promise<number | null> {
  // What a test starts by the name `node` is to be the same one.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
  const child = spawn(node, args, { cwd: REPOSITORY, stdio: 'inherit', env })
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
}

/** The closing line: CI reads it. */
export const shown = ({ passed, failed }: Count): string => `${passed} passed, ${failed} failed`
