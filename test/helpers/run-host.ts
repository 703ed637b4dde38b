/** One program that calls runProcess() again and again, as it is told on its standard input. */
import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { descendants, isAlive, type Run, type StartOptions, start } from './start.ts'
import { type TempDir, tempDir } from './temp-dir.ts'

type Test = Parameters<typeof start>[0]
type Named = readonly [type: string, name: string]

export interface Host extends Run {
  /** Calls runProcess() in a folder of its own, with these options, in JavaScript. */
  readonly begin: (t: Test, options: string, more?: More) => Call
}

interface More {
  readonly files?: Record<string, string>
  /** What is watched, in JavaScript. */
  readonly paths?: string
  /** Done with the folder before. */
  readonly prepare?: (dir: TempDir) => void
  /** What is called instead, in JavaScript; `run` has the options that each call has. */
  readonly code?: string
}

export interface Call {
  readonly dir: TempDir
  readonly says: Run['says']
  /** How often a line has begun so since this call. */
  readonly count: (what: string) => number
  /** What is run says that these files below `src` are why. */
  readonly ready: (changes?: readonly Named[], more?: string) => Promise<void>
  /** It resolves or rejects so, and nothing of it is left in the program. */
  readonly isOver: (how: string | RegExp) => Promise<void>
  /** The same after a signal to the program, and no process is left. */
  readonly endsBy: (signal: NodeJS.Signals, reloads: number | string) => Promise<void>
}

/** `halt()` waits for a file, `names()` are those of changes. */
const HOST = `
import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { CodeFilter, DefaultFilter, runProcess } from 'exit75/run'
const names = (changes) => [...changes].map(({ type, path }) => type + ' ' + relative('', path)).sort().join(', ')
async function halt(word) { while (!existsSync(word)) await sleep(5) }
const listeners = () => [process, process.stderr].map((one) =>
  one.eventNames().map((name) => String(name) + one.listenerCount(name)).sort().join()).join()
const left = () => process.getActiveResourcesInfo()
  .filter((name) => !/TTY|PipeWrap|SimpleShutdownWrap|CloseReq|FSReq/.test(name))
console.error('') // makes the stream, with what it listens to itself
let abort
createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line === 'abort') return abort.abort()
  const { cwd, code } = JSON.parse(line)
  process.chdir(cwd)
  abort = new AbortController()
  const run = (...given) =>
    runProcess(...given.slice(0, -1), { step: 10, signal: abort.signal, ...given.at(-1) })
  const before = listeners()
  try {
    console.log('reloads', await eval(code))
  } catch (error) {
    console.log('failed with', error.message)
  }
  console.log('left', left())
  console.log(listeners() === before ? 'as before' : before + ' and now ' + listeners())
})`

/** Says why it runs, and stays until it gets SIGINT. A shell that reads could miss it just before. */
const COMMAND = `
trap 'echo got SIGINT; exit 0' INT
[ "$WATCHFILES_CHANGES" = "$EXIT75_CHANGES" ] && echo "ready $WATCHFILES_CHANGES"
while :; do sleep 1; done`

export function startHost(t: Test, options: StartOptions = {}): Host {
  const base = tempDir(t, { 'host.mjs': HOST })
  chmodSync(base.path, 0o777)
  const run = start(t, ['host.mjs'], { cwd: base.path, ...options })
  return { ...run, begin: (test, options, more) => begin(run, test, options, more) }
}

function begin(
  host: Run,
  t: Test,
  options: string,
  { files = {}, paths = "'src'", prepare, code }: More = {},
): Call {
  const from = host.output().length
  const said = () => `\n${host.output().slice(from)}`
  t.after(async () => {
    if (said().includes('\nleft ') || !isAlive(host.pid)) return
    host.type('abort\n')
    await says('left []')
    await says('as before')
  })
  const dir = tempDir(t, { 'command.sh': COMMAND, 'src/a.js': 'a', ...files })
  chmodSync(dir.path, 0o777)
  prepare?.(dir)
  const { says } = host
  host.type(`${JSON.stringify({ cwd: dir.path, code: code ?? `run(${paths}, { ${options} })` })}\n`)

  const isOver = async (how: string | RegExp) => {
    await says(how)
    await says('left []')
    await says('as before')
  }
  return {
    dir,
    says,
    count: (what) => said().split(`\n${what}`).length - 1,
    async ready(changes = [], more = '') {
      const all = changes.map(([type, name]) => [type, dir.file(`src/${name}`)])
      await says(`ready ${JSON.stringify(all)}${more}`)
    },
    isOver,
    async endsBy(signal, reloads) {
      const pids = descendants(host.pid)
      host.signal(signal)
      await isOver(`reloads ${reloads}`)
      assert.deepEqual(pids.filter(isAlive), [])
    },
  }
}
