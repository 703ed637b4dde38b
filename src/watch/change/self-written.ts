/**
 * Tells what a program writes itself from what somebody edits: the same files change again, as long
 * after each start. Restarting for that at once would never end, and would cut off what is written.
 */
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'

export interface SelfWritten {
  /** The program starts. */
  readonly begin: () => void
  /** These have changed since. */
  readonly changed: (paths: readonly string[]) => Verdict
}

export interface Verdict {
  /** How long nothing more must have changed before the next start, ms. */
  readonly pause: number
  /** The file to name to the user, once. */
  readonly news?: string
}

/** The first pause, and the longest, ms; it doubles in between. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5000
/** By default so often in a row it may be chance, and is not slowed down. */
const CHANCE = 1
/** So often in a row it surely is not, and is said. */
const TELLING = 4
/** Two runs are alike if a file changes as long after their start: within so many ms, or this part of it. */
const TOLERANCE = 300
const PART = 0.2

/** So many runs are remembered: one that was cut off has written less than the next. */
const REMEMBERED = 8

interface Run {
  readonly startedAt: number
  /** Each file that has changed, with the time after the start. */
  readonly changed: Map<string, number>
  /** What changed first was written by the program: so is what follows. */
  isOwn: boolean
}

export function selfWritten(clock: Pick<Clock, 'now'> = SYSTEM_CLOCK, chance: number = CHANCE): SelfWritten {
  const earlier: Run[] = []
  let run: Run = newRun()
  let inARow = 0
  let hasTold = false

  return {
    begin() {
      inARow = run.isOwn ? inARow + 1 : 0
      earlier.unshift(run)
      earlier.splice(REMEMBERED)
      run = newRun()
    },
    changed(paths) {
      const isFirst = run.changed.size === 0
      for (const path of paths) if (!run.changed.has(path)) run.changed.set(path, clock.now() - run.startedAt)
      if (isFirst) run.isOwn = [...run.changed].every(([path, after]) => isWritten(path, after))
      if (!run.isOwn || inARow < chance) return { pause: 0 }
      const pause = Math.min(FIRST_PAUSE * 2 ** (inARow - chance), LONGEST_PAUSE)
      if (hasTold || inARow + 1 < TELLING) return { pause }
      hasTold = true
      const [news] = run.changed.keys()
      return { pause, ...(news !== undefined && { news }) }
    },
  }

  function newRun(): Run {
    return { startedAt: clock.now(), changed: new Map(), isOwn: false }
  }

  function isWritten(path: string, after: number): boolean {
    // With the last run it is a habit; with an earlier one it was cut off in between.
    return earlier.some(({ changed, isOwn }, at) => (at === 0 || isOwn) && isAlike(after, changed.get(path)))
  }
}

const isAlike = (after: number, before: number | undefined): boolean =>
  before !== undefined && Math.abs(after - before) <= Math.max(TOLERANCE, PART * before)
