/**
 * The life of one child, as a pure function: the state so far and an event give the next state and the
 * effects. Clock, timers and processes are the caller's (generation.ts).
 *
 *     starting → running → asked → stopping → killed → ended      (any of them may end at once)
 */
import type { Reason } from '../../protocol/change.ts'
import type { Exit } from '../../protocol/exit.ts'
import type { ChildMessage, ParentMessage } from '../../protocol/messages.ts'
import type { ForwardedSignal } from '../../protocol/signals.ts'
import type { ChildEvent, ChildRules, Effect, LifeLine, StopCause, Timer } from './child-events.ts'

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

/** What is known about a child besides its phase. */
interface Known {
  /** When the child reported its start; before that, when it was launched. */
  readonly startedAt: number
  /** Whether it has imported exit75, and exits by itself; otherwise it is ended by a signal. */
  readonly cooperates: boolean
  readonly boot: Boot
  /** Why it is to restart, and when it was asked. */
  readonly asked: { readonly reason: Reason; readonly at: number } | null
  /** The last signal that asked the whole program to end. */
  readonly userSignal: { readonly signal: ForwardedSignal; readonly at: number } | null
  readonly delivery: Partial<Readonly<Record<ForwardedSignal, Delivery>>>
  /** False once its watcher thread has ended: nothing that is posted arrives, and no ping is answered. */
  readonly hears: boolean
}

/** The final state, whatever comes. */
export interface Ended extends Omit<Known, 'delivery' | 'hears'> {
  readonly is: 'ended'
  readonly exit: Exit
  readonly endedAt: number
  /** Why the parent ended it. Null if it ended by itself. */
  readonly stopped: StopCause | null
}

/** How far the boot has come: the app is pinged until it answers promptly, or polls `shouldRestart()`. */
export type Boot =
  | { readonly is: 'loading' }
  | { readonly is: 'pinged'; readonly at: number; readonly isFirst: boolean }
  /** It has answered, but late: something keeps it busy. */
  | { readonly is: 'busy' }
  /** It has not answered within the limit, and is no longer waited for. */
  | { readonly is: 'overdue' }
  | { readonly is: 'booted' }

/** How one signal reaches the app. The terminal sends Ctrl-C to the app as well, `kill` does not. */
interface Delivery {
  readonly listens: boolean
  /** `unknown`: it has been pinged to find out. */
  readonly received: 'no' | 'unknown' | { readonly at: number }
}

/** Interval of the pings, and the time within which an idle app answers, in ms. */
const PING_INTERVAL = 100
const PROMPT = 20
/** Longest wait for an app that is never idle, in ms. */
const BOOT_LIMIT = 2000
/** Time after which one line says what is being waited for, in ms. */
const WAITING_AFTER = 5000
/** Time within which two SIGINTs may be one Ctrl-C, from the terminal and from npm, in ms. */
const SAME_KEY = 250
/** Time within which parent and child receive one signal to the whole process tree, in ms. */
const SAME_SIGNAL = 1000
/** How long after a SIGINT or SIGHUP a program may still be ending because of it, in ms. */
const CLOSING = 5000

type Next = readonly [ChildState, readonly Effect[]]

export function born({ mode, startLimit }: ChildRules, at: number): Next {
  const known: Known = {
    startedAt: at,
    cooperates: mode === 'app',
    boot: { is: 'loading' },
    asked: null,
    userSignal: null,
    delivery: {},
    hears: true,
  }
  return [{ ...known, is: 'starting' }, [{ do: 'timer', timer: 'start', ms: startLimit }]]
}

export function step(state: ChildState, event: ChildEvent, at: number, rules: ChildRules): Next {
  if (state.is === 'ended') return [state, []]
  switch (event.is) {
    case 'message':
      return onMessage(state, event.message, at, rules)
    case 'signal':
      return onSignal(state, event.signal, at, rules)
    case 'deliver':
      return deliver(state, event.signal, at)
    case 'retire':
      return ask(state, event.reason, at, rules, [post({ is: 'retire', reason: event.reason })])
    case 'stop':
      return stop(state, event.cause, rules)
    case 'timer':
      return onTimer(state, event.timer, at, rules)
    case 'exit':
      return [ended(state, event.exit, at), state.is === 'starting' ? [tell('not started')] : []]
  }
}

function onMessage(state: Living, message: ChildMessage, at: number, rules: ChildRules): Next {
  switch (message.is) {
    case 'started': {
      if (state.is !== 'starting') return [state, []]
      const boot: Effect[] = [timer('ping', PING_INTERVAL), timer('boot', BOOT_LIMIT)]
      // Measured from here, since Node's own boot time says nothing about the app.
      const next: Living = { ...state, is: 'running', heldBack: null, startedAt: at }
      return [next, [cancel('start'), ...boot, tell('started')]]
    }
    case 'stale':
      return [state, state.is === 'starting' ? [cancel('start'), tell('not started')] : []]
    case 'loading': // it was launched before it had loaded all of its packages, and goes on with that
      return [state, state.is === 'starting' ? [timer('start', rules.startLimit)] : []]
    case 'cooperates':
      return [{ ...state, cooperates: true }, []]
    case 'ready':
      return [state, [tell('ready')]]
    case 'outdated':
      if (rules.overlap) return [state, [{ do: 'tell', what: 'outdated', reason: message.reason }]]
      return ask(state, message.reason, at, rules)
    case 'polls': // it is in its main loop, which may never be idle
      return [{ ...state, boot: { is: 'booted' } }, idle()]
    case 'pong':
      return message.about === 'boot' ? onBootPong(state, at) : onSignalPong(state, message.about)
    case 'listens':
      return [withDelivery(state, message.signal, { listens: message.on }), []]
    case 'failed':
      return unanswered({ ...state, hears: false })
    case 'signalled':
      return [withDelivery(state, message.signal, { received: { at } }), []]
    default:
      return [state, []]
  }
}

function onBootPong(state: Living, at: number): Next {
  const { boot } = state
  if (boot.is === 'overdue') return [{ ...state, boot: { is: 'booted' } }, []]
  if (boot.is !== 'pinged') return [state, []]
  if (at - boot.at < PROMPT) return [{ ...state, boot: { is: 'booted' } }, idle()]
  return [{ ...state, boot: { is: 'busy' } }, [timer('ping', PING_INTERVAL)]]
}

/**
 * A child that does not listen dies of a Ctrl-C by itself. One that listens is pinged: if its main thread
 * answers before its listeners run, it did not get the signal.
 */
function deliver(state: Living, signal: ForwardedSignal, at: number): Next {
  const { listens, received } = deliveryOf(state, signal)
  // Checked first, since a listener registered with once() is gone once it has run.
  if (typeof received === 'object' && at - received.at < SAME_SIGNAL) return [state, []]
  if (!listens || !state.hears) return [state, [{ do: 'kill', signal }]]
  return [withDelivery(state, signal, { received: 'unknown' }), [post({ is: 'ping', about: signal })]]
}

/** Passes on the signals about which it was pinged. */
function unanswered(state: Living): Next {
  const all = Object.keys(state.delivery) as ForwardedSignal[]
  const signals = all.filter((signal) => deliveryOf(state, signal).received === 'unknown')
  const next = signals.reduce((last, signal) => withDelivery(last, signal, { received: 'no' }), state)
  return [next, signals.map((signal) => ({ do: 'kill', signal }))]
}

function onSignalPong(state: Living, signal: ForwardedSignal): Next {
  if (deliveryOf(state, signal).received !== 'unknown') return [state, []]
  return [withDelivery(state, signal, { received: 'no' }), [{ do: 'kill', signal }]]
}

function onSignal(state: Living, signal: ForwardedSignal, at: number, rules: ChildRules): Next {
  const age = state.userSignal?.signal === signal ? at - state.userSignal.at : undefined
  const next: Living = { ...state, userSignal: { signal, at } }
  if (signal === 'SIGINT' && age !== undefined && age > SAME_KEY) return kill(next, 'user', rules)
  if (rules.mode === 'embedded') return stop(next, 'user', rules)
  // SIGHUP is often a request to reload the configuration: each one counts.
  if (age !== undefined && (signal !== 'SIGHUP' || age < SAME_SIGNAL)) return [next, []]
  const effects: Effect[] = [timer('waiting', WAITING_AFTER), { do: 'deliver', signal }]
  if (signal === 'SIGTERM') effects.push(post({ is: 'terminated' }))
  if (next.is === 'starting') effects.push(cancel('start'), tell('kept'))
  if (next.is !== 'stopping' && next.is !== 'killed') effects.push(timer('kill', rules.signalTimeout))
  return [next, effects]
}

function ask(state: Living, reason: Reason, at: number, rules: ChildRules, first: Effect[] = []): Next {
  const rest = state.cooperates ? 0 : closing(state, at)
  // A file that the program saves while Ctrl-C ends it must not end it faster, and run it again.
  if (rest > 0 && state.is !== 'stopping' && state.is !== 'killed') {
    if (!Number.isFinite(rest)) return [state, first]
    return [{ ...state, is: 'running', heldBack: reason }, [...first, timer('held-back', rest)]]
  }
  const asked: Living = { ...state, asked: { reason, at: state.asked?.at ?? at } }
  const effects: Effect[] = [...first, cancel('held-back')]
  if (state.is === 'starting') effects.push(cancel('start'), tell('started')) // message on its way
  effects.push({ do: 'log', line: { is: 'asked', reason, cooperates: state.cooperates } })
  if (!state.cooperates) {
    const [next, more] = stop(asked, 'restart', rules)
    return [next, [...effects, ...more]]
  }
  if (state.is !== 'starting' && state.is !== 'running') return [asked, effects] // keeps the timers
  effects.push(timer('waiting', WAITING_AFTER), timer('stop', rules.stopTimeout))
  return [{ ...asked, is: 'asked' }, effects]
}

/** Sends the signal that ends it, once, and SIGKILL after `killTimeout`. */
function stop(state: Living, cause: StopCause, { stopSignal, killTimeout }: ChildRules): Next {
  if (state.is === 'stopping' || state.is === 'killed') return [state, []]
  return [
    { ...state, is: 'stopping', cause },
    [{ do: 'kill', signal: stopSignal }, timer('kill', killTimeout)],
  ]
}

function kill(state: Living, cause: StopCause, { goneTimeout }: ChildRules): Next {
  const why = state.is === 'stopping' || state.is === 'killed' ? state.cause : cause
  return [
    { ...state, is: 'killed', cause: why },
    [{ do: 'kill', signal: 'SIGKILL' }, timer('gone', goneTimeout)],
  ]
}

function onTimer(state: Living, name: Timer, at: number, rules: ChildRules): Next {
  switch (name) {
    case 'start':
      return [state, state.is === 'starting' ? [tell('not started')] : []]
    case 'ping':
      return [
        { ...state, boot: { is: 'pinged', at, isFirst: state.boot.is === 'loading' } },
        [post({ is: 'ping', about: 'boot' })],
      ]
    case 'boot':
      return [{ ...state, boot: { is: hasBooted(state.boot) ? 'booted' : 'overdue' } }, idle()]
    case 'waiting': {
      const again = rules.isTerminal ? [timer('waiting', 1000)] : []
      return [state, [{ do: 'log', line: waitingLine(state) }, ...again]]
    }
    case 'held-back':
      if (state.is !== 'running' || state.heldBack === null) return [state, []]
      return ask({ ...state, heldBack: null }, state.heldBack, at, rules)
    case 'stop': {
      const [next, effects] = stop(state, 'restart', rules)
      return [next, effects.length === 0 ? [] : [{ do: 'log', line: { is: 'stop limit' } }, ...effects]]
    }
    case 'kill': {
      const [next, effects] = kill(state, 'user', rules)
      return [next, [{ do: 'log', line: { is: 'kill limit' } }, ...effects]]
    }
    case 'gone':
      return [state, [tell('unkillable')]]
  }
}

function ended(state: Living, exit: Exit, at: number): Ended {
  const { startedAt, cooperates, boot, asked, userSignal } = state
  const stopped = state.is === 'stopping' || state.is === 'killed' ? state.cause : null
  return { is: 'ended', exit, endedAt: at, startedAt, cooperates, boot, asked, userSignal, stopped }
}

export const hasBooted = (boot: Boot): boolean =>
  boot.is === 'booted' || boot.is === 'busy' || (boot.is === 'pinged' && !boot.isFirst)

/** Whether the user has asked the program to end, and it may be ending. */
export const isEnding = (state: ChildState): boolean => state.userSignal !== null

/** An app may survive SIGINT and SIGHUP; SIGTERM and SIGQUIT always end the program. */
export const maySurvive = (signal: ForwardedSignal): boolean => signal === 'SIGINT' || signal === 'SIGHUP'

/** Returns how long a program may still be cleaning up after a signal, in ms. */
function closing({ userSignal }: Living, at: number): number {
  if (userSignal === null) return 0
  return maySurvive(userSignal.signal) ? Math.max(0, userSignal.at + CLOSING - at) : Number.POSITIVE_INFINITY
}

function waitingLine({ asked, userSignal, startedAt }: Living): LifeLine {
  const isForSignal = userSignal !== null && userSignal.at >= (asked?.at ?? 0)
  return isForSignal
    ? { is: 'waiting', after: userSignal.signal, since: userSignal.at }
    : { is: 'waiting', after: 'restart', since: asked?.at ?? startedAt }
}

const deliveryOf = ({ delivery }: Known, signal: ForwardedSignal): Delivery =>
  delivery[signal] ?? { listens: false, received: 'no' }
const withDelivery = (state: Living, signal: ForwardedSignal, part: Partial<Delivery>): Living => ({
  ...state,
  delivery: { ...state.delivery, [signal]: { ...deliveryOf(state, signal), ...part } },
})

const idle = (): Effect[] => [cancel('ping'), cancel('boot'), tell('idle')]
const post = (message: ParentMessage): Effect => ({ do: 'post', message })
const timer = (name: Timer, ms: number): Effect => ({ do: 'timer', timer: name, ms })
const cancel = (name: Timer): Effect => ({ do: 'cancel', timer: name })
const tell = (what: Exclude<Effect & { do: 'tell' }, { reason: Reason }>['what']): Effect => ({
  do: 'tell',
  what,
})
