/**
 * The life of one child, as a pure function: the state so far and an event give the next state and the
 * effects. Clock, timers and processes are the caller's (generation.ts).
 *
 *     starting → running → asked → stopping → killed → ended      (any of them may end at once)
 */
import type { Reason } from '../../protocol/change.ts'
import type { Exit } from '../../protocol/exit.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import type { ForwardedSignal } from '../../protocol/signals.ts'
import { type Boot, type BootEvent, booting } from './boot-state.ts'
import {
  type ChildEvent,
  type ChildRules,
  cancel,
  type Effect,
  log,
  post,
  type StopCause,
  send,
  type Timer,
  tell,
  timer,
} from './child-events.ts'
import { type Deliveries, type DeliveryEvent, delivered, SAME_SIGNAL } from './delivery.ts'
import { type Heeds, stillWaiting, wait } from './waiting.ts'

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

/** Time within which two SIGINTs may be one Ctrl-C, from the terminal and from npm, in ms. */
const SAME_KEY = 250
/** How long after a SIGINT or SIGHUP a program may still be ending because of it, in ms. */
const CLOSING = 5000

type Next = readonly [ChildState, readonly Effect[]]

export function born({ mode, startLimit }: ChildRules, at: number): Next {
  const known: Known = {
    startedAt: at,
    cooperates: mode === 'app',
    boot: { is: 'loading' },
    heeds: 'unknown',
    asked: null,
    requested: null,
    userSignal: null,
    delivery: {},
    hears: true,
  }
  return [{ ...known, is: 'starting' }, [timer('start', startLimit)]]
}

export function step(state: ChildState, event: ChildEvent, at: number, rules: ChildRules): Next {
  if (state.is === 'ended') return [state, []]
  switch (event.is) {
    case 'message':
      return onMessage(state, event.message, at, rules)
    case 'signal':
      return onSignal(state, event.signal, at, rules)
    case 'deliver':
      return rules.passedOn.includes(event.signal) ? delivery(state, event, at) : [state, []]
    case 'restart':
      return [
        { ...state, requested: { reason: event.reason, at } },
        [post({ is: 'restart', reason: event.reason })],
      ]
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
      // Measured from here, since Node's own boot time says nothing about the app.
      const [next, effects] = boot({ ...state, is: 'running', heldBack: null, startedAt: at }, 'started', at)
      return [next, [cancel('start'), ...effects, tell('started')]]
    }
    case 'stale':
      return [state, state.is === 'starting' ? [cancel('start'), tell('not started')] : []]
    case 'loading': // launched before it has loaded all of its packages, it goes on loading them
      return [state, state.is === 'starting' ? [timer('start', rules.startLimit)] : []]
    case 'cooperates':
      return [{ ...state, cooperates: true }, []]
    case 'ready':
      return [state, [tell('ready')]]
    case 'outdated':
      if (rules.overlap) return [state, [{ do: 'tell', what: 'outdated', reason: message.reason }]]
      return ask(state, message.reason, at, rules)
    case 'polls':
      return boot({ ...state, heeds: 'polls' }, 'polls', at)
    case 'unheeded':
      return [{ ...state, heeds: state.heeds === 'polls' ? 'polls' : 'nothing' }, []]
    case 'pong': {
      const { about } = message
      return about === 'boot' ? boot(state, 'pong', at) : delivery(state, { is: 'pong', about }, at)
    }
    case 'listens':
    case 'signalled':
      return delivery(state, message, at)
    case 'failed':
      return delivery({ ...state, hears: false }, { is: 'deaf' }, at)
    default:
      return [state, []]
  }
}

function boot(state: Living, event: BootEvent, at: number): Next {
  const [boot, effects] = booting(state.boot, event, at)
  return [{ ...state, boot }, effects]
}

function delivery(state: Living, event: DeliveryEvent, at: number): Next {
  const [delivery, effects] = delivered(state.delivery, event, at, state.hears)
  return [{ ...state, delivery }, effects]
}

function onSignal(state: Living, signal: ForwardedSignal, at: number, rules: ChildRules): Next {
  const age = state.userSignal?.signal === signal ? at - state.userSignal.at : undefined
  const next: Living = { ...state, userSignal: { signal, at } }
  if (signal === 'SIGINT' && age !== undefined && age > SAME_KEY) return kill(next, 'user', rules)
  if (rules.mode === 'embedded') return stop(next, 'user', rules, rules.passedOn.includes(signal))
  // SIGHUP is often a request to reload the configuration: each one counts.
  if (age !== undefined && (signal !== 'SIGHUP' || age < SAME_SIGNAL)) return [next, []]
  const effects: Effect[] = [wait(), { do: 'deliver', signal }]
  if (signal === 'SIGTERM') effects.push(post({ is: 'terminated' }))
  if (next.is === 'starting') effects.push(cancel('start'), tell('kept'))
  if (next.is !== 'stopping' && next.is !== 'killed') effects.push(timer('kill', rules.signalTimeout))
  return [next, effects]
}

function ask(state: Living, reason: Reason, at: number, rules: ChildRules, first: Effect[] = []): Next {
  const rest = state.cooperates ? 0 : closing(state, at)
  // A file that the program saves while Ctrl-C ends it must neither end it sooner nor run it again.
  if (rest > 0 && state.is !== 'stopping' && state.is !== 'killed') {
    if (!Number.isFinite(rest)) return [state, first]
    return [{ ...state, is: 'running', heldBack: reason }, [...first, timer('held-back', rest)]]
  }
  const asked: Living = { ...state, asked: { reason, at: state.asked?.at ?? at }, requested: null }
  const effects: Effect[] = [...first, cancel('held-back')]
  if (state.is === 'starting') effects.push(cancel('start'), tell('started')) // its message is on its way
  effects.push(log({ is: 'asked', reason, cooperates: state.cooperates }))
  if (!state.cooperates) {
    const [next, more] = stop(asked, 'restart', rules)
    return [next, [...effects, ...more]]
  }
  if (state.is !== 'starting' && state.is !== 'running') return [asked, effects] // keeps the timers
  effects.push(wait(), timer('stop', rules.stopTimeout))
  return [{ ...asked, is: 'asked' }, effects]
}

/**
 * Sends the signal that ends it, once, and SIGKILL after `killTimeout`. `sends` is false if the system has sent
 * one already.
 */
function stop(state: Living, cause: StopCause, { stopSignal, killTimeout }: ChildRules, sends = true): Next {
  if (state.is === 'stopping' || state.is === 'killed') return [state, []]
  return [
    { ...state, is: 'stopping', cause },
    [...(sends ? [send(stopSignal)] : []), timer('kill', killTimeout)],
  ]
}

function kill(state: Living, cause: StopCause, { goneTimeout }: ChildRules): Next {
  const why = state.is === 'stopping' || state.is === 'killed' ? state.cause : cause
  return [{ ...state, is: 'killed', cause: why }, [send('SIGKILL'), timer('gone', goneTimeout)]]
}

function onTimer(state: Living, name: Timer, at: number, rules: ChildRules): Next {
  switch (name) {
    case 'start':
      return [state, state.is === 'starting' ? [tell('not started')] : []]
    case 'ping':
      return boot(state, 'ping', at)
    case 'boot':
      return boot(state, 'limit', at)
    case 'waiting': {
      const [heeds, effects] = stillWaiting(state, rules)
      return [{ ...state, heeds }, effects]
    }
    case 'held-back':
      if (state.is !== 'running' || state.heldBack === null) return [state, []]
      return ask({ ...state, heldBack: null }, state.heldBack, at, rules)
    case 'stop': {
      const [next, effects] = stop(state, 'restart', rules)
      return [next, effects.length === 0 ? [] : [log({ is: 'stop limit' }), ...effects]]
    }
    case 'kill': {
      const [next, effects] = kill(state, 'user', rules)
      return [next, [log({ is: 'kill limit' }), ...effects]]
    }
    case 'gone':
      return [state, [tell('unkillable')]]
  }
}

function ended(state: Living, exit: Exit, at: number): Ended {
  const { startedAt, cooperates, boot, userSignal } = state
  const asked = state.asked ?? state.requested
  const stopped = state.is === 'stopping' || state.is === 'killed' ? state.cause : null
  return { is: 'ended', exit, endedAt: at, startedAt, cooperates, boot, asked, userSignal, stopped }
}

/** Whether the user has asked the program to end, and it may be ending. */
export const isEnding = (state: ChildState): boolean => state.userSignal !== null

/** An app may survive SIGINT and SIGHUP; SIGTERM and SIGQUIT always end the program. */
export const maySurvive = (signal: ForwardedSignal): boolean => signal === 'SIGINT' || signal === 'SIGHUP'

/** Returns how long a program may still be cleaning up after a signal, in ms. */
function closing({ userSignal }: Living, at: number): number {
  if (userSignal === null) return 0
  return maySurvive(userSignal.signal) ? Math.max(0, userSignal.at + CLOSING - at) : Number.POSITIVE_INFINITY
}
