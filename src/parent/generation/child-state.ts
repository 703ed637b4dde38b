/**
 * The life of one child, as a pure function: state and event give the next state and the effects. Clock, timers and
 * processes are the caller's (generation.ts).
 *     starting → running → asked → stopping → killed → ended      (any of them may end at once)
 */
import type { Reason } from '../../protocol/change.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import type { ForwardedSignal } from '../../protocol/signals.ts'
import { type BootEvent, booting } from './boot-state.ts'
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
import { type ChildState, causeOf, closing, ended, type Living } from './child-phases.ts'
import { type DeliveryEvent, delivered, SAME_SIGNAL } from './delivery.ts'
import { stillWaiting, wait } from './waiting.ts'

/** Time within which two SIGINTs may be one Ctrl-C, from the terminal and from npm, in ms. */
const SAME_KEY = 250

type Next = readonly [ChildState, readonly Effect[]]

export function born({ mode, startLimit }: ChildRules, at: number): Next {
  const state: ChildState = {
    is: 'starting',
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
  return [state, [timer('start', startLimit)]]
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
    case 'pong':
      if (message.about === 'idle') return [state, []]
      if (message.about === 'boot') return boot(state, 'pong', at)
      return delivery(state, { is: 'pong', about: message.about }, at)
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

/** Sends the signal that ends it, once, unless the system has (`sends`); and SIGKILL after `killTimeout`. */
function stop(state: Living, cause: StopCause, { stopSignal, killTimeout }: ChildRules, sends = true): Next {
  if (state.is === 'stopping' || state.is === 'killed') return [state, []]
  return [
    { ...state, is: 'stopping', cause },
    [...(sends ? [send(stopSignal)] : []), timer('kill', killTimeout)],
  ]
}

function kill(state: Living, cause: StopCause, { goneTimeout }: ChildRules): Next {
  return [
    { ...state, is: 'killed', cause: causeOf(state) ?? cause },
    [send('SIGKILL'), timer('gone', goneTimeout)],
  ]
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
