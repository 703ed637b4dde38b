/**
 * Observes what is left running without keeping the process alive, of which Node's own list knows nothing:
 * timers, watchers and threads after unref().
 */

export interface HandleObserver {
  /** Forgets what was there so far. */
  readonly begin: () => void
  /** Whether something that was made since is still there. */
  readonly isAnyLeft: () => boolean
  readonly end: () => void
}

/** By Node's names for them (https://nodejs.org/api/async_hooks.html#type). Of others it tells when they are over. */
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
    // Whatever has watched a file or started a thread is not looked at more closely: doubt means no.
    isAnyLeft: () => hasLasting || timers.some(isPending),
    end: () => void hook.disable(),
  }
}

/** Not documented; a timer that is over has it set since Node 11. */
const isPending = (timer: NodeJS.Timeout): boolean =>
  (timer as unknown as { _destroyed?: boolean })._destroyed !== true
