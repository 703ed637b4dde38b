/** What the app can ask and request. Outside the child each of these does nothing. */

import { isMainThread } from 'node:worker_threads'
import { EX_TEMPFAIL } from '../protocol/exit.ts'
import { PHASE, SLOT } from '../protocol/threads.ts'
import type { ChildRole } from '../registry.ts'
import { role } from '../role.ts'
import { raise } from '../system/raise.ts'
import { noteParent } from './misplaced.ts'

const child: ChildRole | undefined = role.is === 'child' ? role : undefined
const flags = child?.flags

/**
 * Returns true once the code on disk is no longer the running code, or a restart was requested. It
 * never turns back: shut down cleanly and `process.exit(75)`. It is one read of shared memory, so it can
 * be called in the innermost loop, and turns true even in one that never yields to the event loop.
 * Always false outside the child.
 */
export function shouldRestart(): boolean {
  if (flags === undefined) {
    noteParent('shouldRestart')
    return false
  }
  if (isFirstCall) reportPolling()
  // Atomics: a plain read of shared memory may be hoisted out of the loop.
  return Atomics.load(flags, SLOT.phase) === PHASE.outdated
}

let isFirstCall = true

function reportPolling(): void {
  isFirstCall = false
  child?.send({ is: 'polls' })
}

/**
 * Aborts when `shouldRestart()` turns true, for everything that takes an `AbortSignal`: timers, fetch,
 * `events.on`. Its `reason` is a `RestartRequested` with the `changes`. It does not keep the process
 * alive, needs a running event loop, and never aborts outside the child.
 */
export const restartSignal: AbortSignal = child?.restart.signal ?? signalOfNobody()

/** Who listens to it in the parent expects a restart. */
function signalOfNobody(): AbortSignal {
  const { signal } = new AbortController()
  if (role.is !== 'parent') return signal
  const listen = signal.addEventListener
  signal.addEventListener = (...given: Parameters<typeof listen>) => {
    noteParent('restartSignal')
    Reflect.apply(listen, signal, given)
  }
  return signal
}

/**
 * Registers a cleanup; returns a function that removes it. When the code is outdated every cleanup runs,
 * the last registered first, each awaited; then the process exits with 75. If one throws, that is
 * reported on stderr, and the others still run. The only time limit is the option `stopTimeout`. A
 * cleanup registered when the code is already outdated runs immediately. Those of a worker thread end the
 * thread; the process exits with 75 if nothing else keeps it alive.
 *
 * Throws a `TypeError` for anything but a function. Does nothing else outside the child.
 */
export function onRestart(cleanup: () => unknown): () => void {
  if (typeof cleanup !== 'function')
    raise(new TypeError(`onRestart(cleanup): expected a function, got ${typeof cleanup}`), onRestart)
  noteParent('onRestart')
  if (child === undefined) return () => {}
  const { cleanups } = child
  const entry = () => cleanup() // the same function may be registered twice
  cleanups.add(entry)
  if (restartSignal.aborted) queueMicrotask(leave)
  else if (cleanups.size === 1) restartSignal.addEventListener('abort', leave, { once: true })
  return () => void cleanups.delete(entry)
}

/**
 * Requests a restart as if a file had changed: `shouldRestart()` turns true a moment later. `why` is
 * shown in the log line of the next generation, whose `changes()` are empty. In the parent it asks the
 * running child; while the parent waits for a change, after a crash or an end, it launches the next one
 * at once. Does nothing where `launchChild()` is not running.
 */
export function requestRestart(why?: string): void {
  if (role.is === 'parent') role.restart?.(String(why ?? 'requested by the parent'))
  const text = String(why ?? 'requested by the app')
  child?.send({ is: 'restart', reason: { is: 'requested', by: 'app', text } })
}

/**
 * Reports that the app is serving. With the option `overlap` the old generation serves until then, and
 * is then asked to exit; otherwise, and at a second call, this does nothing.
 */
export function ready(): void {
  noteParent('ready')
  child?.send({ is: 'ready' })
}

async function leave(): Promise<void> {
  if (child === undefined || child.leaving || child.cleanups.size === 0) return
  child.leaving = true
  const alive = setInterval(() => {}, 2 ** 30) // a cleanup may wait for something that is unref'd
  for (let cleanup = lastOf(child.cleanups); cleanup; cleanup = lastOf(child.cleanups)) {
    child.cleanups.delete(cleanup)
    try {
      await cleanup()
    } catch (error) {
      console.error('[exit75] a cleanup given to onRestart failed:', error)
    }
  }
  clearInterval(alive)
  if (!isMainThread) Atomics.store(child.flags, SLOT.left, 1) // this ends the thread alone
  process.exit(EX_TEMPFAIL)
}

const lastOf = <T>(set: ReadonlySet<T>): T | undefined => [...set].at(-1)
