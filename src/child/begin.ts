/**
 * Shared by both preloads, before any of the app's code: takes the role from the environment, starts the
 * watcher thread, and reports what is loaded from then on.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { findRole } from '../find-role.ts'
import { FIRST_SOCKET } from '../protocol/address.ts'
import {
  type ChildConfig,
  decodeChildConfig,
  EARLY_FD,
  isConfigLater,
  type Launch,
  ROLE_VARIABLE,
} from '../protocol/child-config.ts'
import { sendToParent } from '../protocol/messages.ts'
import { withoutAhead } from '../protocol/packages.ts'
import {
  advance,
  CHANNEL,
  isLaunched,
  PHASE,
  SLOT,
  share,
  THREAD_BOOT_TIME,
  type ThreadMessage,
} from '../protocol/threads.ts'
import type { ChildRole, SharedRole } from '../registry.ts'
import { VERSION } from '../system/version.ts'
import { comingSockets } from './coming-sockets.ts'
import { keepCompiledCode } from './compile-cache.ts'
import { tellAtEnd } from './end.ts'
import { reportForks } from './forked-processes.ts'
import { nextWithLength, vanish } from './lines-of-parent.ts'
import { reportEntryLink } from './load-reporter.ts'
import { type Hook, reportLoadedFiles } from './loaded-files.ts'
import { endUnlessOf } from './other-parent.ts'
import { type BootReporter, bootReporter } from './packages/boot-report.ts'
import { reportListening } from './report-listening.ts'
import { reportSignals } from './report-signals.ts'
import { showUsersFlags, showUsersPreloads } from './users-flags.ts'
import { startWatcher } from './watcher/start.ts'
import { givenFlags, handOnFlags, ownFlags } from './worker-flags.ts'

export interface Child {
  readonly config: ChildConfig
  readonly role: ChildRole
  readonly hook: Hook
  /** Undefined if no standby is going to load packages. */
  readonly boot: BootReporter | undefined
}

/** Undefined if this is not a child: a program started by hand with our flag. */
export function beginChild(): Child | undefined {
  const config = decodeChildConfig(awaited(process.env[ROLE_VARIABLE]))
  if (config === undefined) return undefined
  delete process.env[ROLE_VARIABLE]
  endUnlessOf(config.parent)
  const threadFlags = ownFlags(process.execArgv)
  showUsersFlags(config)
  if (config.launch !== null) keepCompiledCode(config)
  // Set here, since systemd's protocol requires the pid of the process that gets the sockets.
  if (config.toParentFd > FIRST_SOCKET) process.env.LISTEN_PID = String(process.pid)

  const { stateDirectory, sockets } = config
  const { nodeModules } = config.watching
  const flags = new Int32Array(new SharedArrayBuffer(4 * SLOT.length))
  const restart = new AbortController()
  const watcher = startWatcher(config, flags, restart, () => reportBoot(watcher.send, config, boot))
  const report = (message: ThreadMessage) => {
    if (message.is === 'polls') reportBoot(watcher.send, config, boot)
    if (message.is === 'asked' && message.isPackage && message.url.startsWith('file:'))
      boot?.asked(message.url, message.by)
    watcher.send(message)
  }
  const send = reportForks(report, config.toParentFd)
  const role: ChildRole = {
    is: 'child',
    version: VERSION,
    launch: config.launch ?? { generation: 0, changes: [] },
    copies: [],
    flags,
    send,
    stateDirectory,
    sockets,
    ...(config.comingSockets && { comingSocket: comingSockets(config.comingSockets) }),
    restart,
    cleanups: new Set(),
    leaving: false,
  }
  share(role)
  handOnFlags(threadFlags) // after our own thread has been started
  reportSignals(config.toParentFd)
  reportListening(config.toParentFd)
  const { preloads, reportsBoot: reportsImports } = config
  const hook = reportLoadedFiles(
    send,
    { flags, nodeModules, stateDirectory, preloads, reportsImports },
    (why) => withoutHook(why, send, config.launch === null && !isLaunched(flags)),
  )
  const boot = config.reportsBoot ? bootReporter() : undefined // after our own hook, which must not count
  return { config, role, hook, boot }
}

/** Returns the variable's value, for which a child that was started early has to wait. */
const awaited = (value: string | undefined): string | undefined =>
  isConfigLater(value) ? (nextWithLength(EARLY_FD) ?? vanish()) : value

/** Reports for the next standby, and checks that loading ahead gave what this generation would have loaded itself. */
function reportBoot(
  send: (message: ThreadMessage) => void,
  { toParentFd }: ChildConfig,
  boot: BootReporter | undefined,
): void {
  if (boot === undefined) return
  const outdated = boot.outdated()
  const packages = outdated?.packages ?? []
  const [first] = packages
  if (first !== undefined) sendToParent(toParentFd, { is: 'unfit', packages })
  // Before the restart, since the next standby has to know.
  send({ is: 'booted', report: boot.report(), ahead: boot.loadedAhead(), unloaded: boot.unloaded() })
  if (outdated === undefined) return
  const text =
    first === undefined
      ? `a package may have read ${outdated.property}, which the app changes · restarted without loading any ahead`
      : withoutAhead(first)
  send({ is: 'restart', reason: { is: 'requested', by: 'app', text } })
}

/** Begins the launch; the user's preloads and the app's entry run next. */
export function launch({ config, role }: Child, launched: Launch): void {
  role.launch = launched
  for (const notify of role.copies.splice(0)) notify(launched)
  const { flags, stateDirectory, sockets } = role
  advance(flags, PHASE.running)
  reportEntryLink(role.send, process.argv[1])
  const { preloads, execArgv, toParentFd } = config
  const { nodeModules } = config.watching
  const own = { flags, stateDirectory, sockets }
  const shared: SharedRole = { launch: launched, ...own, preloads, execArgv, nodeModules }
  setEnvironmentData(CHANNEL, shared)
  tellAtEnd(config, role)
  sendToParent(toParentFd, { is: 'started' })
}

/** Begins a worker thread of the app. Undefined in any other thread. */
export function beginThread(): (Pick<SharedRole, 'preloads'> & { readonly hook: Hook }) | undefined {
  const inherited = getEnvironmentData(CHANNEL) as SharedRole | undefined
  const role = findRole()
  if (inherited === undefined || role.is !== 'child') return undefined
  // A broadcast without a listener is lost.
  Atomics.wait(inherited.flags, SLOT.threadReady, 0, THREAD_BOOT_TIME)
  const given = givenFlags(process.execArgv)
  handOnFlags(ownFlags(process.execArgv))
  process.execArgv.splice(0, process.execArgv.length, ...(given ?? inherited.execArgv))
  const preloads = given === undefined ? inherited.preloads : []
  showUsersPreloads(preloads)
  return {
    preloads,
    hook: reportLoadedFiles(role.send, { ...inherited, reportsImports: false }, (why) =>
      withoutHook(why, role.send, false),
    ),
  }
}

/** Node 20, for lack of descriptors or threads: the app runs, and the next generation may have them. */
function withoutHook(why: string, send: (message: ThreadMessage) => void, isStandby: boolean): void {
  if (isStandby) process.exit(1)
  const text = `what is imported is not watched (${why})`
  setImmediate(() => send({ is: 'restart', reason: { is: 'requested', by: 'app', text } })) // once it has started
}
