/**
 * Tells files that a program writes itself from files that somebody edits: they change again at the same
 * time after each start. Restarting for them at once would never end, and would cut the writing short.
 */
import { basename, dirname, join } from 'node:path'
import { doublingPause } from '../../system/doubling-pause.ts'
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'

export interface SelfWritten {
  /** Called when the program starts. */
  readonly begin: () => void
  /** Called with the paths that have changed since. */
  readonly changed: (paths: readonly string[]) => Verdict
}

export interface Verdict {
  /** How long nothing more may change before the next start, in ms. */
  readonly pause: number
  /** What to name to the user, once: a file, or a pattern of files if each run writes one of another name. */
  readonly news?: string
}

/** Number of such runs in a row that may be chance, and are not slowed down, by default. */
const CHANCE = 1
/** The user is told before this one of the pauses: an edit during an earlier one would have shown who writes. */
const TELLING = 3
/** Two runs are alike if a file changes at the same time after the start, with a difference in ms, or as a fraction. */
const TOLERANCE = 300
const PART = 0.2

/** Number of runs remembered: a run that was cut off may have written fewer files than the next. */
const REMEMBERED = 8

interface Run {
  readonly startedAt: number
  /** The files that have changed, by the pattern of their names. */
  readonly changed: Map<string, Written>
  /** Whether the first changes were written by the program: then so are the later ones. */
  isOwn: boolean
}

interface Written {
  readonly path: string
  /** Time since the start, in ms. */
  readonly after: number
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
      for (const path of paths) {
        const pattern = patternOf(path)
        if (!run.changed.has(pattern)) run.changed.set(pattern, { path, after: clock.now() - run.startedAt })
      }
      if (isFirst) run.isOwn = [...run.changed].every(([pattern, { after }]) => isWritten(pattern, after))
      if (!run.isOwn || inARow < chance) return { pause: 0 }
      const pause = doublingPause(inARow - chance)
      if (hasTold || inARow - chance + 1 < TELLING) return { pause }
      hasTold = true
      const [news] = [...run.changed].map(([pattern, { path }]) => (isKnown(pattern, path) ? path : pattern))
      return { pause, ...(news !== undefined && { news }) }
    },
  }

  function newRun(): Run {
    return { startedAt: clock.now(), changed: new Map(), isOwn: false }
  }

  function isWritten(pattern: string, after: number): boolean {
    // Like the last run: the program does it. Like an earlier one: the run in between was cut off.
    return earlier.some(
      ({ changed, isOwn }, at) => (at === 0 || isOwn) && isAlike(after, changed.get(pattern)?.after),
    )
  }

  function isKnown(pattern: string, path: string): boolean {
    return earlier.some(({ changed }) => changed.get(pattern)?.path === path)
  }
}

/** Replaces what differs from run to run: `coverage-4711-1795778592753.json` is `coverage-*-*.json`. */
const patternOf = (path: string): string =>
  join(dirname(path), basename(path).replace(/[\da-z]*\d[\da-z]*/gi, '*'))

const isAlike = (after: number, before: number | undefined): boolean =>
  before !== undefined && Math.abs(after - before) <= Math.max(TOLERANCE, PART * before)
