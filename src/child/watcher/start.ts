/** Starts the watcher thread, which lives as long as the process and does not keep it alive. */
import { BroadcastChannel, Worker } from 'node:worker_threads'
import { type Reason, RestartRequested } from '../../protocol/change.ts'
import type { ChildConfig } from '../../protocol/child-config.ts'
import { type Ping, sendToParent } from '../../protocol/messages.ts'
import { advance, CHANNEL, PHASE, phaseOf, SLOT, type ThreadMessage } from '../../protocol/threads.ts'
import { isAddressSpaceLimited } from '../../system/address-space.ts'
import { wordsOf } from '../../system/node-options.ts'
import { ownFile } from '../../system/own-files.ts'
import { raiseSignal } from '../raise-signal.ts'
import type { WatcherData } from './followed-files.ts'

export interface Watcher {
  readonly send: (message: ThreadMessage) => void
}

/** `onBoot`: called when the app may have booted. */
export function startWatcher(
  config: ChildConfig,
  flags: Int32Array,
  restart: AbortController,
  onBoot: () => void,
): Watcher {
  const thread = new Worker(ownFile('watcher.cjs', 'exit75'), {
    name: CHANNEL,
    workerData: {
      config,
      flags,
      foreignLoader: hasForeignLoader(),
      entry: process.argv[1] ?? '',
    } satisfies WatcherData,
    // Own flags, since inherited ones would run the app's preloads. SourceTextModule needs the first.
    execArgv: ['--experimental-vm-modules', '--no-warnings', ...plugAndPlay()],
    // It writes nothing. Without these, Node opens the process's own streams, which the app may never do.
    stdout: true,
    stderr: true,
    // By default V8 reserves more addresses for a thread than the whole process may have there.
    ...(isAddressSpaceLimited() && { resourceLimits: { codeRangeSizeMb: CODE_RANGE } }),
    env: process.env.NODE_V8_COVERAGE ? { NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE } : {},
  })
  thread.on('message', (message: ThreadMessage) => {
    if (message.is === 'outdated') {
      if (!hasListener(restart.signal)) sendToParent(config.toParentFd, { is: 'unheeded' })
      restart.abort(new RestartRequested(message.reason))
    }
    if (message.is === 'ping') afterWaitingSignals(() => pong(message.about))
    if (message.is === 'signal') raiseSignal(message.signal)
  })
  let why = 'it has ended'
  thread.on('error', (error: Error) => {
    why = error.message
  })
  thread.on('exit', () => goOnWithoutThread(config, flags, restart, why))
  thread.unref()
  // By way of the thread, behind the report; about a signal directly, since the app may end by it.
  function pong(about: Ping): void {
    if (about !== 'boot') return sendToParent(config.toParentFd, { is: 'pong', about })
    onBoot()
    thread.postMessage({ is: 'pong', about } satisfies ThreadMessage)
  }
  return {
    send(message) {
      // Directly: the app may exit before the thread gets to it.
      if (message.is === 'note' || message.is === 'in-use') sendToParent(config.toParentFd, message)
      else thread.postMessage(message)
    },
  }
}

/** To import that function above would make each boot read all that Node's module exports lazily. */
const hasListener = (signal: AbortSignal): boolean =>
  signal.onabort !== null ||
  process.getBuiltinModule('node:events').getEventListeners(signal, 'abort').length > 0

/**
 * Nothing is watched any more, and with the thread its end of the pipe is gone: the app is asked to
 * restart, which brings a new one, and until then this thread notices the end of the parent.
 */
function goOnWithoutThread(
  { toParentFd, parent }: ChildConfig,
  flags: Int32Array,
  restart: AbortController,
  why: string,
): void {
  sendToParent(toParentFd, { is: 'failed', message: why })
  Atomics.store(flags, SLOT.reported, 1) // the end of the app does not wait for its last report
  const guard = () => process.ppid !== parent && process.kill(process.pid, 'SIGTERM')
  setInterval(guard, GUARD_INTERVAL).unref()
  const reason: Reason = { is: 'requested', by: 'app', text: 'the thread that watches files has ended' }
  if (phaseOf(flags) !== PHASE.outdated) {
    sendToParent(toParentFd, { is: 'outdated', reason })
    advance(flags, PHASE.outdated)
  }
  if (restart.signal.aborted) return
  // It may have ended between the flag and its message.
  restart.abort(new RestartRequested(reason))
  new BroadcastChannel(CHANNEL).postMessage({ is: 'outdated', reason } satisfies ThreadMessage)
}

/** How often to check without the thread that the parent is alive, in ms. */
const GUARD_INTERVAL = 500

/** Space for the machine code of the thread, in MB: it needs less than one. */
const CODE_RANGE = 4

/**
 * libuv runs signal handlers at the end of a loop iteration. Two iterations, since a signal that arrives
 * while the poll returns from the kernel is only read in the next one.
 */
function afterWaitingSignals(act: () => void): void {
  setImmediate(() => setImmediate(act))
}

/** Returns Yarn's Plug'n'Play flags: without them the thread finds neither node-watch nor itself. */
function plugAndPlay(): string[] {
  if (process.versions.pnp === undefined) return []
  const words = [...process.execArgv, ...wordsOf(process.env.NODE_OPTIONS ?? '')]
  const flags = words.flatMap((word) => (word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]))
  return flags.flatMap((flag, at) =>
    /[\\/]\.pnp\.(cjs|js|loader\.mjs)$/.test(flag) ? [flags[at - 1] ?? '', flag] : [],
  )
}

/** Whether something other than Node may turn the app's files into JavaScript. */
function hasForeignLoader(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  return /(^|\s)(--import|--require|-r|--loader|--experimental-loader)\b/.test(flags)
}
