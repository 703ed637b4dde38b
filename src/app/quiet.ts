/** How long a connection must be silent before nothing can be on its way any more. */

import { longestPause } from './connections.ts'

/** The minimum, in ms. */
const SILENT = 200
/** Poll interval, in ms. */
const LOOK_EVERY = 25
/** Later than this, in ms, the process was stopped (Ctrl-Z), or the machine slept: clients are not as late as that. */
const LATEST = 2000

export interface Looking {
  /** Returns that time, in ms: longer than the event loop was late, and than clients pause. */
  readonly silence: () => number
  readonly stop: () => void
}

/** Calls `look` periodically, each time right after the event loop has read all incoming data. */
export function lookOften(look: (now: number) => void): Looking {
  let expected = performance.now() + LOOK_EVERY
  let late = 0
  const timer = setInterval(() => {
    late = Math.max(late, Math.min(performance.now() - expected, LATEST))
    setImmediate(() => {
      const now = performance.now()
      look(now)
      expected = now + LOOK_EVERY
    })
  }, LOOK_EVERY)
  return { silence: () => Math.max(SILENT, 2 * late, 2 * longestPause()), stop: () => clearInterval(timer) }
}
