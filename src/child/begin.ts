/**
 * What both preloads do, before anything of the app: take the role from the environment, start the
 * watcher thread, and report from then on what is loaded.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { findRole } from '../find-role.ts'
import { FIRST_SOCKET } from '../protocol/address.ts'
import { type ChildConfig, decodeChildConfig, type Launch, ROLE_VARIABLE } from '../protocol/child-config.ts'
import { EX_TEMPFAIL } from '../protocol/exit.ts'
import { sendToParent } from '../protocol/messages.ts'
import {
  advance,
  CHANNEL,
  PHASE,
  SLOT,
  share,
  THREAD_BOOT_TIME,
  type ThreadMessage,
} from '../protocol/threads.ts'
import type { ChildRole, SharedRole } from '../registry.ts'
import { reportForks } from './forked-processes.ts'
import { type Hook, reportEntryLink, reportLoadedFiles } from './loaded-files.ts'
import { reportSignals } from './report-signals.ts'
import { startWatcher } from './watcher/start.ts'

export interface Child {
  readonly config: ChildConfig
  readonly role: ChildRole
  readonly hook: Hook
}

/** Undefined in an ordinary program that was started by hand with our flag. */
export function beginChild(): Child | undefined {
  const config = decodeChildConfig(process.env[ROLE_VARIABLE])
  if (config === undefined) return undefined
  delete process.env[ROLE_VARIABLE]
  // The parent died while this process booted; the watcher thread is not there yet to notice it.
  if (process.ppid !== config.parent) process.kill(process.pid, 'SIGTERM')
  showUsersFlags(config)
  // Known only here: systemd's protocol wants the pid of the process that the sockets are for.
  if (config.toParentFd > FIRST_SOCKET) process.env.LISTEN_PID = String(process.pid)

  const { stateDirectory, sockets } = config
  const { nodeModules } = config.watching
  const flags = new Int32Array(new SharedArrayBuffer(4 * SLOT.length))
  const restart = new AbortController()
  const watcher = startWatcher(config, flags, restart)
  const send = reportForks(watcher.send, config.toParentFd)
  const role: ChildRole = {
    is: 'child',
    launch: config.launch ?? { generation: 0, changes: [] },
    copies: [],
    flags,
    send,
    stateDirectory,
    sockets,
    restart,
    cleanups: new Set(),
    leaving: false,
  }
  share(role)
  reportSignals(config.toParentFd)
  const hook = reportLoadedFiles(send, { flags, nodeModules, stateDirectory })
  process.on('exit', (code) => {
    if (code !== EX_TEMPFAIL && (code !== 0 || config.watching.reportEnd)) waitForReport(flags, send)
  })
  return { config, role, hook }
}

/** The user's preloads are next, and then the app's entry. */
export function launch({ config, role }: Child, launched: Launch): void {
  role.launch = launched
  for (const tell of role.copies.splice(0)) tell(launched)
  const { flags, stateDirectory, sockets } = role
  advance(flags, PHASE.running)
  reportEntryLink(role.send, process.argv[1])
  const { preloads, toParentFd, watching } = config
  const { nodeModules } = watching
  const shared: SharedRole = { launch: launched, flags, stateDirectory, sockets, preloads, nodeModules }
  setEnvironmentData(CHANNEL, shared)
  sendToParent(toParentFd, { is: 'started' })
}

/** A worker thread of the app. Undefined in threads that are not the app's. */
export function beginThread(): (Pick<SharedRole, 'preloads'> & { readonly hook: Hook }) | undefined {
  const inherited = getEnvironmentData(CHANNEL) as SharedRole | undefined
  const role = findRole()
  if (inherited === undefined || role.is !== 'child') return undefined
  Atomics.wait(inherited.flags, SLOT.threadReady, 0, THREAD_BOOT_TIME) // a broadcast without a listener is lost
  return { preloads: inherited.preloads, hook: reportLoadedFiles(role.send, inherited) }
}

const OWN_DIRECTORY = dirname(fileURLToPath(import.meta.url))

/** The app, and whatever it forks, see the flags that the user gave. */
function showUsersFlags({ execArgv, nodeOptions, preloads }: ChildConfig): void {
  const { _preload_modules: required } = process as unknown as { _preload_modules?: string[] }
  const added = preloads.flatMap(({ kind, specifier }) => (kind === 'require' ? [specifier] : []))
  const native = required?.filter((path) => dirname(path) !== OWN_DIRECTORY) ?? []
  required?.splice(0, required.length, ...added, ...native)
  process.execArgv.splice(0, process.execArgv.length, ...execArgv)
  if (nodeOptions !== null) process.env.NODE_OPTIONS = nodeOptions
}

/**
 * After a crash the parent must know what was loaded, and whether that has changed on disk since: a
 * file that was read while it was being saved must not end the program.
 */
function waitForReport(flags: Int32Array, send: (word: ThreadMessage) => void): void {
  send({ is: 'flush' })
  Atomics.wait(flags, SLOT.reported, 0, REPORT_TIME)
}

/** In ms. It takes a few, unless the machine stands still or the thread is gone. */
const REPORT_TIME = 5000
