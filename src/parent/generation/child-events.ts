/** Events that happen to a child, and the effects they call for: the types of child-state.ts. */
import type { Settings } from '../../options/options.ts'
import type { Reason } from '../../protocol/change.ts'
import type { Exit } from '../../protocol/exit.ts'
import type { ChildMessage, ParentMessage } from '../../protocol/messages.ts'
import type { ForwardedSignal } from '../../protocol/signals.ts'

export type ChildEvent =
  | { readonly is: 'message'; readonly message: ChildMessage }
  /** A signal reached the parent. */
  | { readonly is: 'signal'; readonly signal: ForwardedSignal }
  /** All messages that the child had sent before the signal have been received. */
  | { readonly is: 'deliver'; readonly signal: ForwardedSignal }
  /** It is to be asked for a restart: by the user, or for a change of what the parent watches. */
  | { readonly is: 'restart'; readonly reason: Reason }
  /** With `overlap`: the next generation serves. */
  | { readonly is: 'retire'; readonly reason: Reason }
  | { readonly is: 'stop'; readonly cause: StopCause }
  | { readonly is: 'timer'; readonly timer: Timer }
  | { readonly is: 'exit'; readonly exit: Exit }

export type Timer = 'start' | 'ping' | 'boot' | 'waiting' | 'held-back' | 'stop' | 'kill' | 'gone'

export type Effect =
  | { readonly do: 'post'; readonly message: ParentMessage }
  | { readonly do: 'kill'; readonly signal: NodeJS.Signals }
  /** Starts a timer, in ms, in place of one of the same name. */
  | { readonly do: 'timer'; readonly timer: Timer; readonly ms: number }
  | { readonly do: 'cancel'; readonly timer: Timer }
  /** Dispatches the event `deliver` once the messages that have arrived are handled. */
  | { readonly do: 'deliver'; readonly signal: ForwardedSignal }
  | { readonly do: 'log'; readonly line: LifeLine }
  /**
   * Notifies waiting code: the child has begun, will not begin, or must be kept; it has booted; it
   * serves; it is outdated; SIGKILL has no effect.
   */
  | {
      readonly do: 'tell'
      readonly what: 'started' | 'not started' | 'kept' | 'idle' | 'ready' | 'unkillable'
    }
  | { readonly do: 'tell'; readonly what: 'outdated'; readonly reason: Reason }

/** A log line for the user. */
export type LifeLine =
  | { readonly is: 'asked'; readonly reason: Reason; readonly cooperates: boolean }
  | { readonly is: 'waiting'; readonly after: ForwardedSignal | 'restart'; readonly since: number }
  /** Nothing in the app will end it. */
  | { readonly is: 'unheeded' }
  | { readonly is: 'stop limit' }
  | { readonly is: 'kill limit' }

/** Times in ms. */
export interface ChildRules {
  readonly mode: Settings['mode']
  readonly overlap: boolean
  readonly stopTimeout: number
  readonly stopSignal: NodeJS.Signals
  /** The signals that do not reach each child by themselves, always. */
  readonly passedOn: readonly ForwardedSignal[]
  readonly killTimeout: number
  readonly signalTimeout: number
  readonly goneTimeout: number
  /** For a launched child to report its start, or to load a package before that. */
  readonly startLimit: number
  /** Whether a line can be rewritten every second. */
  readonly isTerminal: boolean
}

/**
 * Why the parent ends a child: for a restart that it did not or cannot do by itself, because the user
 * asked, because another generation serves, or because it cannot be watched any more.
 */
export type StopCause = 'restart' | 'user' | 'replaced' | 'failure'

export const post = (message: ParentMessage): Effect => ({ do: 'post', message })
export const send = (signal: NodeJS.Signals): Effect => ({ do: 'kill', signal })
export const timer = (name: Timer, ms: number): Effect => ({ do: 'timer', timer: name, ms })
export const cancel = (name: Timer): Effect => ({ do: 'cancel', timer: name })
export const log = (line: LifeLine): Effect => ({ do: 'log', line })
export const tell = (what: Exclude<Effect & { do: 'tell' }, { reason: Reason }>['what']): Effect => ({
  do: 'tell',
  what,
})
