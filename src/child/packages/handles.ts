/**
 * Observes what is left running without keeping the process alive, which Node's own list leaves out:
 * timers, watchers and threads after unref().
 */

export interface HandleObserver {
  /** Forgets what was there so far. */
  readonly begin: () => void
  /** Whether something that was made since is still there. */
  readonly isAnyLeft: () => boolean
  readonly end: () => void
}

/** Node's names for resources whose end it does not report (https://nodejs.org/api/async_hooks.html#type). */
const LASTING = ['FSEVENTWRAP', 'STATWATCHER', 'WORKER', 'ELDHISTOGRAM']

export function observeHandles(): HandleObserver {
  let timers: NodeJS.Timeout[] = []
  let hasLasting = false
  const { createHook } = process.getBuiltinModule('node:async_hooks') // at first use: only a standby needs it
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'Timeout') timers.push(resource as NodeJS.Timeout)
      else if (LASTING.includes(type)) hasLasting = true
    },
  }).enable()
  return {
    begin() {
      timers = []
      hasLasting = false
    },
    // Code that has watched a file or started a thread is not looked at more closely: in doubt, it is still running.
    isAnyLeft: () => hasLasting || timers.some(isPending),
    end: () => void hook.disable(),
  }
}

/** Undocumented; set on a timer that is over since Node 11. */
const isPending = (timer: NodeJS.Timeout): boolean =>
  (timer as unknown as { _destroyed?: boolean })._destroyed !== true
