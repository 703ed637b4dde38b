/** The states of one child, and what is known in each: see child-state.ts, which leads from one to the next. */
import type { Reason } from '../../protocol/change.ts'
import type { Exit } from '../../protocol/exit.ts'
import type { ForwardedSignal } from '../../protocol/signals.ts'
import type { Boot } from './boot-state.ts'
import type { StopCause } from './child-events.ts'
import type { Deliveries } from './delivery.ts'
import type { Heeds } from './waiting.ts'

export type ChildState = Living | Ended
export type Living = Known & Phase

type Phase =
  /** Launched, and not yet heard from. */
  | { readonly is: 'starting' }
  /** `heldBack`: a program that is cleaning up after a Ctrl-C is not ended for a change, yet. */
  | { readonly is: 'running'; readonly heldBack: Reason | null }
  /** Asked to exit; it chooses the moment. */
  | { readonly is: 'asked' }
  /** Sent the signal that ends it. */
  | { readonly is: 'stopping'; readonly cause: StopCause }
  /** Sent SIGKILL. */
  | { readonly is: 'killed'; readonly cause: StopCause }

interface Asked {
  readonly reason: Reason
  readonly at: number
}

/** What is known about a child besides its phase. */
interface Known {
  /** When the child reported its start; before that, when it was launched. */
  readonly startedAt: number
  /** Whether it has imported exit75, and exits by itself; otherwise it is ended by a signal. */
  readonly cooperates: boolean
  readonly boot: Boot
  readonly heeds: Heeds
  /** Why it is to restart, and when it was asked. */
  readonly asked: Asked | null
  /** A request for a restart that it has not answered: it may end before it reads it. */
  readonly requested: Asked | null
  /** The last signal that asked the whole program to end. */
  readonly userSignal: { readonly signal: ForwardedSignal; readonly at: number } | null
  readonly delivery: Deliveries
  /** False once its watcher thread has ended: nothing that is posted arrives, and no ping is answered. */
  readonly hears: boolean
}

/** The final state: no event changes it. */
export interface Ended extends Omit<Known, 'delivery' | 'hears' | 'heeds' | 'requested'> {
  readonly is: 'ended'
  readonly exit: Exit
  readonly endedAt: number
  /** Why the parent ended it. Null if it ended by itself. */
  readonly stopped: StopCause | null
}

/** Returns why the parent ends it, or null. */
export const causeOf = (state: Living): StopCause | null =>
  state.is === 'stopping' || state.is === 'killed' ? state.cause : null

/** Whether the user has asked the program to end, and it may be ending. */
export const isEnding = (state: ChildState): boolean => state.userSignal !== null

/** An app may survive SIGINT and SIGHUP; SIGTERM and SIGQUIT always end the program. */
export const maySurvive = (signal: ForwardedSignal): boolean => signal === 'SIGINT' || signal === 'SIGHUP'

/** How long after a SIGINT or SIGHUP a program may still be ending because of it, in ms. */
const CLOSING = 5000

/** Returns how long a program may still be cleaning up after a signal, in ms. */
export function closing({ userSignal }: Living, at: number): number {
  if (userSignal === null) return 0
  return maySurvive(userSignal.signal) ? Math.max(0, userSignal.at + CLOSING - at) : Number.POSITIVE_INFINITY
}

export function ended(state: Living, exit: Exit, at: number): Ended {
  const { startedAt, cooperates, boot, userSignal } = state
  const asked = state.asked ?? state.requested
  const stopped = causeOf(state)
  return { is: 'ended', exit, endedAt: at, startedAt, cooperates, boot, asked, userSignal, stopped }
}
