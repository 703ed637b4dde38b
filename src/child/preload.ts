/**
 * The first code of a child, before anything of the app: takes the role from the environment,
 * starts the watcher thread, and reports from then on what is loaded. A standby stops here until it
 * is launched. The parent adds this file to the flags (`--import`); the app's worker threads
 * inherit the flag and run it too.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import {
  type ChildConfig,
  decodeChildConfig,
  type Launch,
  type Preload,
  ROLE_VARIABLE,
} from '../protocol/child-config.ts'
import { EX_TEMPFAIL } from '../protocol/exit.ts'
import { sendToParent } from '../protocol/messages.ts'
import { CHANNEL, SLOT, share, THREAD_BOOT_TIME, type ThreadMessage } from '../protocol/threads.ts'
import type { ChildRole, SharedRole } from '../registry.ts'
import { importFromHere, reportLoadedFiles } from './loaded-files.ts'
import { reportSignals } from './report-signals.ts'
import { startWatcher, type Watcher } from './watcher/start.ts'

if (isMainThread) await beginChild()
else await beginThread()

async function beginChild(): Promise<void> {
  const config = decodeChildConfig(process.env[ROLE_VARIABLE])
  if (config === undefined) return // started by hand with our flag: an ordinary program
  delete process.env[ROLE_VARIABLE]
  // The parent died while this process booted; the watcher thread is not there yet to notice it.
  if (process.ppid !== config.parent) process.kill(process.pid, 'SIGTERM')
  showUsersFlags(config)
  // Known only here: systemd's protocol wants the pid of the process that the sockets are for.
  if (process.env.LISTEN_FDS !== undefined) process.env.LISTEN_PID = String(process.pid)

  const { preloads, stateDirectory, sockets } = config
  const { nodeModules } = config.watching
  const flags = new Int32Array(new SharedArrayBuffer(4 * SLOT.length))
  const restart = new AbortController()
  const watcher = startWatcher(config, flags, restart)
  const role: ChildRole = {
    is: 'child',
    launch: config.launch ?? { generation: 0, changes: [] },
    flags,
    send: watcher.send,
    stateDirectory,
    sockets,
    restart,
    cleanups: new Set(),
    leaving: false,
  }
  share(role)
  reportSignals(config.toParentFd)
  const hook = reportLoadedFiles(watcher.send, { flags, nodeModules, stateDirectory })
  process.on('exit', (code) => {
    if (code !== EX_TEMPFAIL && (code !== 0 || config.watching.reportEnd)) waitForReport(flags, watcher.send)
  })

  const launch = config.launch ?? (await launchOfStandby(config, flags, watcher.send))
  Atomics.store(flags, SLOT.launched, 1)
  const shared: SharedRole = { launch, flags, stateDirectory, sockets, preloads, nodeModules }
  setEnvironmentData(CHANNEL, shared)
  sendToParent(config.toParentFd, { is: 'started' })
  await run(preloads)
  hook.renew()
}

async function launchOfStandby(
  config: ChildConfig,
  flags: Int32Array,
  send: Watcher['send'],
): Promise<Launch> {
  const { runStandby } = await import('./standby.ts')
  return runStandby(config, flags, send)
}

/** The app, and whatever it forks, see the flags that the user gave. */
function showUsersFlags({ execArgv, nodeOptions }: ChildConfig): void {
  process.execArgv.splice(0, process.execArgv.length, ...execArgv)
  if (nodeOptions !== null) process.env.NODE_OPTIONS = nodeOptions
}

async function run(preloads: readonly Preload[]): Promise<void> {
  for (const { kind, specifier } of preloads) {
    if (kind === 'import') await importFromHere(specifier)
    else createRequire(join(process.cwd(), 'noop.js'))(specifier)
  }
}

/**
 * After a crash the parent must know what was loaded, and whether that has changed on disk since: a
 * file that was read while it was being saved is no reason to end.
 */
function waitForReport(flags: Int32Array, send: (word: ThreadMessage) => void): void {
  send({ is: 'flush' })
  Atomics.wait(flags, SLOT.reported, 0, REPORT_TIME)
}

/** It takes a few ms; so much, ms, only where the machine stands still, or the thread is gone. */
const REPORT_TIME = 5000

async function beginThread(): Promise<void> {
  const inherited = getEnvironmentData(CHANNEL) as SharedRole | undefined
  const { role } = await import('../role.ts')
  if (inherited === undefined || role.is !== 'child') return
  Atomics.wait(inherited.flags, SLOT.ready, 0, THREAD_BOOT_TIME) // a broadcast that nobody listens to yet is lost
  const hook = reportLoadedFiles(role.send, inherited)
  await run(inherited.preloads)
  hook.renew()
}
