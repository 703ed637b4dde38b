/**
 * The program that most tests edit. It says `ready <generation> <version> [<what changed>]`, and
 * exits with 75 when it should. Its options come from the variable OPTIONS.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LaunchOptions } from '../../src/index.ts'
import { isAmong, watchesOf } from './proc.ts'
import { descendants, type Run, type StartOptions, start } from './start.ts'
import type { TempDir } from './temp-dir.ts'
import { until } from './until.ts'

interface Test {
  readonly after: (fn: () => unknown) => void
}

/** What an entry is made of: `run(version)` says the line, and stays until it should restart. */
const KIT = `
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { changes, generation, launchChild, shouldRestart } from 'exit75'

export const launch = () => launchChild(JSON.parse(process.env.OPTIONS ?? '{}'))

const caused = () => {
  const all = changes().map(({ type, path }) => type + ' ' + basename(path)).sort()
  return all.slice(0, 3).join(', ') + (all.length > 3 ? ' and ' + (all.length - 3) + ' more' : '')
}

export async function run(version, leave = () => {}) {
  console.log('ready ' + generation + ' ' + version + ' [' + caused() + ']')
  while (!shouldRestart()) await sleep(5)
  await leave()
  process.exit(75)
}

/** Says a word, then waits until a file of that name is there: the test lets it go on. */
export function halt(word) {
  console.log(word)
  while (!existsSync(word)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}
export async function haltAsync(word) {
  console.log(word)
  while (!existsSync(word)) await sleep(5)
}
`

/** The files of a program that loads `version.js`; others are added, or take their place. */
export function appFiles(others: Record<string, string> = {}): Record<string, string> {
  return {
    'package.json': '{"type":"module"}',
    'kit.mjs': KIT,
    'version.js': version('a'),
    'app.js': `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
if (PARENT) launch()
else await run(version)
`,
    ...others,
  }
}

export const version = (name: string): string => `export const version = '${name}'\n`

export function startApp(
  t: Test,
  dir: TempDir,
  {
    options,
    entry = 'app.js',
    env,
    ...more
  }: StartOptions & { options?: LaunchOptions; entry?: string } = {},
): Run {
  return start(t, [entry], {
    cwd: dir.path,
    env: { ...env, ...(options && { OPTIONS: JSON.stringify(options) }) },
    ...more,
  })
}

/** Events and polling must give the same answers. */
export const WAYS: readonly { readonly by: string; readonly options: LaunchOptions }[] = [
  { by: 'events', options: {} },
  { by: 'polling', options: { poll: 50 } },
]

/**
 * Waits until the child watches a directory for events: a program may be ready before its watcher
 * thread is, and what is done to a directory then is another case. Linux tells it in /proc. Of
 * polling nothing shows: a little time has to do.
 */
export async function untilWatched(app: Run, path: string, by = 'events'): Promise<void> {
  if (by !== 'events') return sleep(100)
  await until(`${path} is watched`, app.output, () => {
    // Where the system has no watch left, it polls.
    return (
      app.count(/polling instead/) > 0 || descendants(app.pid).some((pid) => isAmong(watchesOf(pid), path))
    )
  })
}

/**
 * Shows that something before this had no effect: the next edit is the first one that counts, and
 * nothing else is among its causes.
 */
export async function onlyTheNextEditCounts(
  app: Pick<Run, 'says'>,
  dir: TempDir,
  generation = 2,
): Promise<void> {
  const last = `last${generation}`
  dir.write('version.js', version(last))
  await app.says(`ready ${generation} ${last} [modified version.js]`)
}

/** Whether Node runs TypeScript by itself. */
export const STRIPS_TYPES: boolean = process.features.typescript === 'strip'
