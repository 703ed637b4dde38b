/** Starts the watcher thread, which lives as long as the process and does not keep it alive. */
import { BroadcastChannel } from 'node:worker_threads'
import { type Reason, RestartRequested } from '../../protocol/change.ts'
import type { ChildConfig } from '../../protocol/child-config.ts'
import { type Ping, sendToParent } from '../../protocol/messages.ts'
import {
  advance,
  CHANNEL,
  endHeadStart,
  isLaunched,
  PHASE,
  phaseOf,
  SLOT,
  type ThreadMessage,
} from '../../protocol/threads.ts'
import { raiseSignal } from '../raise-signal.ts'
import { lastingThread } from './lasting-thread.ts'

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
  let post: (message: ThreadMessage) => void
  try {
    post = lastingThread(config, flags, { onMessage, onEnd })
  } catch (error) {
    return withoutThread(config, flags, restart, error as Error)
  }
  return {
    send(message) {
      if (sendDirectly(config, message)) return
      post(message)
      if (!MAY_WAIT.has(message.is)) endHeadStart(flags)
    },
  }

  function onMessage(message: ThreadMessage): void {
    if (message.is === 'outdated') {
      if (!hasListener(restart.signal)) sendToParent(config.toParentFd, { is: 'unheeded' })
      restart.abort(new RestartRequested(message.reason))
    }
    if (message.is === 'ping') afterWaitingSignals(() => pong(message.about))
    if (message.is === 'signal') raiseSignal(message.signal)
  }

  function onEnd(why: string): void {
    if (config.launch === null && !isLaunched(flags)) process.exit(1) // a standby would never hear of its launch
    goOnWithoutThread(config, flags, restart, why)
  }

  // Through the thread, so that the report comes first; about a signal directly, since the app may end by it.
  function pong(about: Ping): void {
    if (about === 'boot') onBoot()
    else if (about !== 'idle') return sendToParent(config.toParentFd, { is: 'pong', about })
    post({ is: 'pong', about })
  }
}

/** What comes by itself while an app boots. */
const MAY_WAIT: ReadonlySet<ThreadMessage['is']> = new Set<ThreadMessage['is']>([
  'launch',
  'read',
  'asked',
  'loaded',
  'missing',
  'preferred',
  'decided',
  'cooperates',
])

/** No thread could be started (EAGAIN). The app runs without one, and is asked to restart: the next one may get one. */
function withoutThread(
  config: ChildConfig,
  flags: Int32Array,
  restart: AbortController,
  { message }: Error,
): Watcher {
  if (config.launch === null) process.exit(1) // a standby would never hear of its launch
  nobodyIsAwaited(flags)
  // After the message that it has started.
  setImmediate(() => goOnWithoutThread(config, flags, restart, `no thread can be started (${message})`))
  return { send: (sent) => void sendDirectly(config, sent) }
}

/** Sends what does not need the thread: the app may exit before the thread could do it. */
function sendDirectly({ toParentFd }: ChildConfig, message: ThreadMessage): boolean {
  if (message.is !== 'note' && message.is !== 'in-use') return false
  sendToParent(toParentFd, message)
  return true
}

/** Importing `getEventListeners` by name would make each boot read every lazy export of node:events. */
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
  nobodyIsAwaited(flags)
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

/** Neither those who report what they load wait for its start, nor the end of the app for its last report. */
function nobodyIsAwaited(flags: Int32Array): void {
  for (const slot of [SLOT.threadReady, SLOT.reported]) {
    Atomics.store(flags, slot, 1)
    Atomics.notify(flags, slot)
  }
}

/** How often to check without the thread that the parent is alive, in ms. */
const GUARD_INTERVAL = 500

/**
 * libuv runs signal handlers at the end of a loop iteration. Two iterations, since a signal that arrives
 * while the poll returns from the kernel is only read in the next one.
 */
function afterWaitingSignals(act: () => void): void {
  setImmediate(() => setImmediate(act))
}
