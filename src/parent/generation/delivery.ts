/**
 * How signals that reached the parent get to the app, as a pure function. The terminal sends Ctrl-C to the
 * app as well, `kill` does not. A child that does not listen dies of a Ctrl-C by itself. One that listens is
 * pinged: if its main thread answers before its listeners run, it did not get the signal.
 */
import type { ForwardedSignal } from '../../protocol/signals.ts'
import { type Effect, post, send } from './child-events.ts'

export type Deliveries = Partial<Readonly<Record<ForwardedSignal, Delivery>>>

interface Delivery {
  readonly listens: boolean
  /** `unknown`: it has been pinged to find out. */
  readonly received: 'no' | 'unknown' | { readonly at: number }
}

export type DeliveryEvent =
  | { readonly is: 'deliver'; readonly signal: ForwardedSignal }
  /** The app began to listen to a signal, or stopped. */
  | { readonly is: 'listens'; readonly signal: ForwardedSignal; readonly on: boolean }
  | { readonly is: 'signalled'; readonly signal: ForwardedSignal }
  | { readonly is: 'pong'; readonly about: ForwardedSignal }
  /** No answer comes any more. */
  | { readonly is: 'deaf' }

/** Time within which parent and child receive one signal to the whole process tree, in ms. */
export const SAME_SIGNAL = 1000

/** `hears`: whether a ping would be answered. */
export function delivered(
  all: Deliveries,
  event: DeliveryEvent,
  at: number,
  hears: boolean,
): readonly [Deliveries, readonly Effect[]] {
  switch (event.is) {
    case 'deliver': {
      const { listens, received } = of(all, event.signal)
      // Checked first, since a listener registered with once() is gone once it has run.
      if (typeof received === 'object' && at - received.at < SAME_SIGNAL) return [all, []]
      if (!listens || !hears) return [all, [send(event.signal)]]
      return [change(all, event.signal, { received: 'unknown' }), [post({ is: 'ping', about: event.signal })]]
    }
    case 'listens':
      return [change(all, event.signal, { listens: event.on }), []]
    case 'signalled':
      return [change(all, event.signal, { received: { at } }), []]
    case 'pong':
      return passedOn(all, [event.about])
    case 'deaf':
      return passedOn(all, Object.keys(all) as ForwardedSignal[])
  }
}

/** Passes on those about which the app was pinged, and which it has not received. */
function passedOn(all: Deliveries, signals: readonly ForwardedSignal[]): [Deliveries, Effect[]] {
  const missed = signals.filter((signal) => of(all, signal).received === 'unknown')
  return [missed.reduce((last, signal) => change(last, signal, { received: 'no' }), all), missed.map(send)]
}

const of = (all: Deliveries, signal: ForwardedSignal): Delivery =>
  all[signal] ?? { listens: false, received: 'no' }

const change = (all: Deliveries, signal: ForwardedSignal, part: Partial<Delivery>): Deliveries => ({
  ...all,
  [signal]: { ...of(all, signal), ...part },
})
