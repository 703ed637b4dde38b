/** One test file in a process of its own: what it said, how its tests went, and how long it took. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { typeScriptFlags } from './nodes.ts'
import { killTree } from './start.ts'
import { REPOSITORY } from './temp-dir.ts'

export interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface FileResult {
  readonly file: string
  readonly output: string
  readonly count: Count
  readonly seconds: number
  /** It failed when it ran beside others; this is the result of running it alone. */
  readonly failedBesideOthers?: boolean
}

interface Options {
  /** Hears what the file says while it says it. */
  readonly onOutput?: (text: string) => void
  /** Beside that of this process. */
  readonly env?: Readonly<Record<string, string>>
}

export async function runFile(
  node: string,
  file: string,
  { onOutput = () => {}, env = {} }: Options = {},
): Promise<FileResult> {
  const dir = mkdtempSync(join(tmpdir(), 'exit75-count-'))
  const counts = join(dir, 'counts.json')
  let output = ''
  const began = performance.now()
  try {
    const code = await run(
      node,
      [...typeScriptFlags(node), ...argumentsFor(file, counts)],
      { ...environment(node), ...env },
      (text) => {
        output += text
        onOutput(text)
      },
    )
    const seconds = (performance.now() - began) / 1000
    return { file, output, count: countOf(textOf(counts), code), seconds }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** A file that takes longer, in ms, hangs: a machine that is twice as slow as the slowest so far is well below. */
const LIMIT = 10 * 60_000

const argumentsFor = (file: string, counts: string): string[] => [
  ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
  ...['--test-reporter=./test/helpers/count.mjs', `--test-reporter-destination=${counts}`],
  file,
]

function run(
  node: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  heard: (text: string) => void,
): Promise<number | null> {
  const child = spawn(node, args, { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'], env })
  const limit = setTimeout(() => {
    heard(`\nnot over after ${LIMIT / 60_000} minutes: killed\n`)
    killTree(child)
  }, LIMIT)
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', heard)
  return new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  ).finally(() => clearTimeout(limit))
}

/** The same in a terminal, in a pipe and in CI: what programs do with colours is for tests to say. */
function environment(node: string): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...env } = process.env
  // What a test starts by the name `node` is to be the same one.
  return { ...env, NO_COLOR: '1', PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
}

/** A run that failed, or counted nothing, has failed, whatever the reporter heard of it. */
function countOf(text: string, code: number | null): Count {
  const count: Count = text === '' ? { passed: 0, failed: 0, skipped: 0 } : JSON.parse(text)
  const isWrong = count.failed === 0 && (code !== 0 || count.passed + count.skipped === 0)
  return isWrong ? { ...count, failed: 1 } : count
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // it did not get as far as that
  }
}
