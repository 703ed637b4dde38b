/** Time as the watcher sees it; tests pass one of their own. */

export interface Clock {
  /** Milliseconds since some fixed moment. */
  readonly now: () => number
  /** Calls back after so many milliseconds; returns a function that cancels it. */
  readonly after: (ms: number, act: () => void) => () => void
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after(ms, act) {
    if (ms > 0) {
      const timer = setTimeout(act, ms)
      return () => clearTimeout(timer)
    }
    const immediate = setImmediate(act) // setTimeout() would take 1 ms
    return () => clearImmediate(immediate)
  },
}
