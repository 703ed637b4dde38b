/** The interface of a generation: see generation.ts. */
import type { Reason } from '../../protocol/change.ts'
import type { Exit } from '../../protocol/exit.ts'
import type { RunningChild } from '../programs/program.ts'
import type { StopCause } from './child-events.ts'
import type { Ended } from './child-phases.ts'

/** Why a generation is launched, and when that became known. */
export interface Cause {
  readonly reason: Reason
  /** On the clock of `monotonic()`. */
  readonly since: number
  /** How long the old code took to end, in ms, if it was asked to. */
  readonly stopping?: number
  /** How the last generation ended. */
  readonly after?: Exit
}

/** A running generation. */
export interface Generation {
  readonly number: number
  readonly child: RunningChild
  readonly over: Promise<GenerationResult>
  /** Resolves with true when it begins, with false for a standby that does not, or that ends first. */
  readonly started: Promise<boolean>
  /** Resolves when the app has called `ready()`. */
  readonly ready: Promise<void>
  /** With `overlap`: resolves the next time it is outdated. */
  readonly outdated: () => Promise<Cause>
  /** With `overlap`: turns its `shouldRestart()` true. */
  readonly retire: (reason: Reason) => void
  /** Ends it by the option `signal`, and by SIGKILL after `killTimeout`. */
  readonly stop: (cause: StopCause) => void
}

/** What is known about a generation when it is over. */
export interface GenerationResult extends Ended {
  /** Files it loaded or looked for, with their stamps at that moment (`onCrash: 'wait'`). */
  readonly loaded: ReadonlyMap<string, string>
}
