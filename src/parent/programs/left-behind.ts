/** Processes that a program has started: when a signal ends the program, they end with it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonic } from '../../system/monotonic.ts'
import { descendantsOf, type ProcessRow, stillRunning } from '../../system/process-table.ts'
import { send } from './session.ts'

export interface LeftBehind {
  /** Call before sending a signal: notes what the program has started so far. */
  readonly note: () => void
  /** Call when the program has ended: ends the noted processes; resolves when they are gone. */
  readonly end: () => Promise<void>
}

/** Poll interval while processes are ending, in ms: the first, and the longest. */
const FIRST_LOOK = 5
const LAST_LOOK = 100

/** `killTimeout`: the time from SIGTERM to SIGKILL, in ms. */
export function leftBehind(pid: number | undefined, killTimeout: number): LeftBehind {
  let noted: readonly ProcessRow[] = []
  return {
    note() {
      // Added, since a second signal finds fewer processes than the first.
      if (pid !== undefined) noted = [...noted, ...descendantsOf(pid)]
    },
    async end() {
      let left = stillRunning(noted)
      if (left.length === 0) return
      for (const { pid } of left) send(pid, 'SIGTERM')
      const limit = monotonic() + killTimeout
      for (let pause = FIRST_LOOK; left.length > 0; pause = Math.min(2 * pause, LAST_LOOK)) {
        await sleep(pause)
        left = stillRunning(left)
        if (monotonic() > limit) for (const { pid } of left) send(pid, 'SIGKILL')
      }
    },
  }
}
