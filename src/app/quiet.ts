/** How long silence must last until it means that nothing is on its way. */

import { longestPause } from './connections.ts'

/** At least, ms. */
const SILENT = 200
/** How often it is looked, ms. */
const LOOK_EVERY = 25

export interface Looking {
  /** How long a connection must have been silent, ms: longer than the loop was late, and than clients pause. */
  readonly silence: () => number
  readonly stop: () => void
}

/** Calls `look` again and again, each time right after the event loop has read what there was. */
export function lookOften(look: (now: number) => void): Looking {
  let expected = performance.now() + LOOK_EVERY
  let late = 0
  const timer = setInterval(() => {
    late = Math.max(late, performance.now() - expected)
    setImmediate(() => {
      const now = performance.now()
      look(now)
      expected = now + LOOK_EVERY
    })
  }, LOOK_EVERY)
  return { silence: () => Math.max(SILENT, 2 * late, 2 * longestPause()), stop: () => clearInterval(timer) }
}
