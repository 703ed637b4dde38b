/**
 * The first code of a child, before anything of the app: takes the role from the environment,
 * starts the watcher thread, and reports from then on what is loaded. The parent adds it to the
 * flags (`--import`); the app's worker threads inherit the flag and run it too.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData, Worker } from 'node:worker_threads'
import { type SharedRole, share } from '../registry.ts'
import {
  type Birth,
  CHANNEL,
  EX_TEMPFAIL,
  RestartRequested,
  ROLE_VARIABLE,
  readBirth,
  SLOT,
  type ThreadWord,
  tellParent,
} from '../wire.ts'
import { reportLoadedFiles } from './loaded-files.ts'
import { reportSignals } from './signals-seen.ts'
import type { WatcherData } from './watcher.ts'

if (isMainThread) beginChild()
else await beginThread()

function beginChild(): void {
  const birth = readBirth(process.env[ROLE_VARIABLE])
  if (birth === undefined) return // started by hand with our flag: an ordinary program
  delete process.env[ROLE_VARIABLE]
  // The parent died while this process booted; the watcher thread is not there yet to notice it.
  if (process.ppid !== birth.parent) process.kill(process.pid, 'SIGTERM')
  hideOurFlag()

  const flags = new Int32Array(new SharedArrayBuffer(4 * SLOT.length))
  const restart = new AbortController()
  const { generation, changes } = birth
  const thread = startWatcher(birth, flags, restart)
  const tell = (word: ThreadWord) => thread.postMessage(word)
  share({ is: 'child', generation, changes, flags, tell, restart, cleanups: new Set(), leaving: false })
  const { nodeModules } = birth.watching
  setEnvironmentData(CHANNEL, { generation, changes, flags, nodeModules } satisfies SharedRole)

  reportSignals(birth.pipe)
  reportLoadedFiles(tell, { flags, nodeModules })
  if (birth.watching.reportLoaded) process.on('exit', (code) => waitForReport(code, flags, tell))
  tellParent(birth.pipe, { is: 'started' })
}

function startWatcher(birth: Birth, flags: Int32Array, restart: AbortController): Worker {
  // Built code: tsc does not rewrite a path inside new URL().
  const thread = new Worker(new URL('./watcher.js', import.meta.url), {
    name: CHANNEL,
    workerData: { birth, flags, foreignLoader: hasForeignLoader() } satisfies WatcherData,
    // Its own flags, or it would run the app's preloads. The module parser of node:vm needs one.
    execArgv: ['--experimental-vm-modules', '--no-warnings'],
    env: process.env.NODE_V8_COVERAGE ? { NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE } : {},
  })
  thread.on('message', (word: ThreadWord) => {
    if (word.is === 'outdated') restart.abort(new RestartRequested(word))
    // After the signal handlers that were waiting: libuv runs them at the end of the same round.
    if (word.is === 'ask') setImmediate(() => tellParent(birth.pipe, { is: 'idle' }))
  })
  thread.on('error', (error: Error) =>
    tellParent(birth.pipe, { is: 'failed', message: error.stack ?? String(error) }),
  )
  thread.unref()
  return thread
}

/** The app and whatever it forks see the flags that the user gave. */
function hideOurFlag(): void {
  const at = process.execArgv.indexOf(import.meta.url)
  if (at > 0) process.execArgv.splice(at - 1, 2)
}

/** Something else than Node may turn the app's files into JavaScript. */
function hasForeignLoader(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  return /(^|\s)(--import|--require|-r|--loader|--experimental-loader)\b/.test(flags)
}

/** What a crashing generation had loaded is what the parent will watch: the report must be whole. */
function waitForReport(code: number, flags: Int32Array, tell: (word: ThreadWord) => void): void {
  if (code === 0 || code === EX_TEMPFAIL) return
  tell({ is: 'flush' })
  Atomics.wait(flags, SLOT.reported, 0, 1000)
}

async function beginThread(): Promise<void> {
  const inherited = getEnvironmentData(CHANNEL) as SharedRole | undefined
  const { role } = await import('../role.ts')
  if (inherited === undefined || role.is !== 'child') return
  Atomics.wait(inherited.flags, SLOT.ready, 0, 1000) // a broadcast that nobody listens to yet is lost
  reportLoadedFiles(role.tell, inherited)
}
