/** The watcher's clock, replaced in tests. */
import { monotonic } from '../system/monotonic.ts'

export interface Clock {
  /** Returns the milliseconds since some fixed moment. */
  readonly now: () => number
  /** Calls `act` after this time, in ms; returns a function that cancels it. */
  readonly after: (ms: number, act: () => void) => () => void
}

export const SYSTEM_CLOCK: Clock = {
  now: () => monotonic(),
  /**
   * Events that have arrived by then are handled first: Node runs timers, reads events, and runs immediates, in
   * this order. Otherwise a thread that was busy would decide by its timer, with half of a checkout still unread.
   */
  after(ms, act) {
    let immediate: NodeJS.Immediate | undefined
    const soon = () => {
      immediate = setImmediate(act)
    }
    const timer = ms > 0 ? setTimeout(soon, ms) : undefined
    if (timer === undefined) soon() // setTimeout(0) would take 1 ms
    return () => {
      clearTimeout(timer)
      clearImmediate(immediate)
    }
  },
}
