/** What a program has started: when it is ended by a signal, that ends with it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { descendantsOf, type ProcessRow, stillRunning } from '../../system/process-table.ts'

export interface LeftBehind {
  /** Notes what the program has started by now: it is about to be sent a signal. */
  readonly note: () => void
  /** The program is gone: ends what was noted and still runs; resolves when that is gone, too. */
  readonly end: () => Promise<void>
}

/** How often what is ending is looked at, ms: at first, and at last. */
const FIRST_LOOK = 5
const LAST_LOOK = 100

/** `killTimeout`: from SIGTERM to SIGKILL, ms. */
export function leftBehind(pid: number | undefined, killTimeout: number): LeftBehind {
  let noted: readonly ProcessRow[] = []
  return {
    note() {
      // A second signal finds fewer: what was found first counts as well.
      if (pid !== undefined) noted = [...noted, ...descendantsOf(pid)]
    },
    async end() {
      let left = stillRunning(noted)
      if (left.length === 0) return
      for (const row of left) send(row, 'SIGTERM')
      const limit = performance.now() + killTimeout
      for (let pause = FIRST_LOOK; left.length > 0; pause = Math.min(2 * pause, LAST_LOOK)) {
        await sleep(pause)
        left = stillRunning(left)
        if (performance.now() > limit) for (const row of left) send(row, 'SIGKILL')
      }
    },
  }
}

function send({ pid }: ProcessRow, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // gone in the meantime
  }
}
