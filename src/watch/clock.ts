/** The watcher's clock, replaced in tests. */

export interface Clock {
  /** Returns the milliseconds since some fixed moment. */
  readonly now: () => number
  /** Calls `act` after this time, in ms; returns a function that cancels it. */
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
