/**
 * The signals that reach the parent. What the child did not get by itself is passed on, once; what
 * arrives while there is no child is kept. The listeners stand before the first child starts.
 */

import type { Settings } from '../options/options.ts'
import type { ChildMessage } from '../protocol/messages.ts'
import { FORWARDED, type ForwardedSignal, isForwarded } from '../protocol/signals.ts'
import type { RunningChild } from './programs/spawn-node.ts'

/** One Ctrl-C may reach the parent twice, from the terminal and from npm: within this time, ms. */
const SAME_KEY = 250
/** A signal that the child saw so shortly before, ms, is the same one: sent to a whole process tree. */
const SAME_SIGNAL = 1000
const OF_GUESTS = ['SIGINT', 'SIGTERM'] as const
/** What goes on for so long, ms, after a SIGINT or SIGHUP, is not about to end. */
const CLOSING = 5000

export interface Signals {
  /** The signal that asked the program to end, if one did. */
  readonly asked: () => ForwardedSignal | undefined
  /**
   * Forgets a SIGINT or SIGHUP that came before this time: the app dealt with it and went on.
   */
  readonly forget: (before: number) => void
  /** For how long, ms, a program that was sent a signal may still be cleaning up because of it. */
  readonly closing: () => number
  /** Until its end, signals are for this child. `passedOn` may be set later, by a second call. */
  readonly aim: (child: RunningChild, passedOn: (signal: ForwardedSignal) => void) => void
  /** Asks the newest child to restart, or launches one again where none is. */
  readonly restart: (by: string) => void
  /** All children that signals are for. */
  readonly children: () => RunningChild[]
  /** There is no child: resolves with the name of what arrives, a signal or a wish to restart. */
  readonly next: () => Promise<string>
  /** Ends the program, as SIGTERM does. */
  readonly end: () => void
  /** Stops listening: the next signal does what it does to any process. */
  readonly close: () => void
}

/** What is known of the child that signals are for. */
interface Target {
  readonly child: RunningChild
  readonly passedOn: (signal: ForwardedSignal) => void
  /** Signals that the app listens to. */
  readonly listensTo: Set<ForwardedSignal>
  /** When the app's listeners last ran, ms. */
  readonly seen: Map<ForwardedSignal, number>
  /** Arrived here; it is being found out whether the app got them too. */
  readonly inDoubt: Set<ForwardedSignal>
}

/** A guest in somebody else's program hears only what ends it, and ends its child in its own way. */
export function receiveSignals({ mode }: Pick<Settings, 'mode'>): Signals {
  const isGuest = mode === 'embedded'
  /** More than one while generations overlap; the last one is the newest. */
  const targets = new Map<RunningChild, Target>()
  let asked: ForwardedSignal | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let wake: ((name: string) => void) | undefined

  const arrived = (signal: ForwardedSignal) => {
    const now = performance.now()
    const age = now - askedAt
    const isSecondCtrlC = signal === 'SIGINT' && asked === signal && age > SAME_KEY
    // A SIGHUP is often no end but a request to read the configuration again: each one counts.
    const isRepeated = asked === signal && (signal !== 'SIGHUP' || age < SAME_SIGNAL)
    asked = signal
    askedAt = now
    if (targets.size === 0) wake?.(signal)
    for (const target of targets.values()) {
      if (isSecondCtrlC) target.child.kill('SIGKILL')
      else if (isGuest) target.passedOn(signal)
      else if (!isRepeated) setImmediate(passOn, target, signal) // what the child has said by now is heard first
    }
  }
  const restart = (by: string) => {
    const newest = [...targets.keys()].at(-1)
    if (newest === undefined) wake?.(by)
    else newest.post({ is: 'restart', reason: { is: 'requested', by: 'user', text: by } })
  }
  const onUsr2 = () => restart('SIGUSR2')
  const heard = isGuest ? OF_GUESTS : FORWARDED
  for (const signal of heard) process.on(signal, arrived)
  if (!isGuest) process.on('SIGUSR2', onUsr2)

  return {
    asked: () => asked,
    forget(before) {
      if (mayGoOn(asked) && askedAt < before) asked = undefined
    },
    closing() {
      if (asked === undefined) return 0
      return mayGoOn(asked) ? Math.max(0, askedAt + CLOSING - performance.now()) : Number.POSITIVE_INFINITY
    },
    aim(child, passedOn) {
      const known = targets.get(child)
      targets.set(child, {
        child,
        listensTo: new Set(),
        seen: new Map(),
        inDoubt: new Set(),
        ...known,
        passedOn,
      })
      if (known !== undefined) {
        if (asked !== undefined) passedOn(asked)
        return
      }
      child.tap((word) => {
        const target = targets.get(child)
        if (target !== undefined) note(target, word)
      })
      const forget = () => void targets.delete(child)
      child.ended.then(forget, forget)
    },
    restart,
    children: () => [...targets.keys()],
    next: () => new Promise((resolve) => (wake = resolve)),
    end: () => arrived('SIGTERM'),
    close() {
      for (const signal of heard) process.off(signal, arrived)
      process.off('SIGUSR2', onUsr2)
    },
  }
}

/** SIGTERM and SIGQUIT always end the program. */
const mayGoOn = (signal: ForwardedSignal | undefined) => signal === 'SIGINT' || signal === 'SIGHUP'

/**
 * A terminal sends Ctrl-C to parent and child, `kill` to the parent alone; the parent cannot tell
 * which it was. A child that does not listen died of it, or dies now. One that listens is asked: if
 * its main thread has answered before its listeners ran, it did not get the signal.
 */
function passOn({ child, passedOn, listensTo, seen, inDoubt }: Target, signal: ForwardedSignal): void {
  passedOn(signal)
  if (signal === 'SIGTERM') child.post({ is: 'terminated' })
  // First: a listener registered with once() is gone as soon as it has run.
  if (performance.now() - (seen.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL) return
  if (!listensTo.has(signal)) return child.kill(signal)
  inDoubt.add(signal)
  child.post({ is: 'ping', about: signal })
}

function note({ child, listensTo, seen, inDoubt }: Target, word: ChildMessage): void {
  if (word.is === 'listens') {
    if (word.on) listensTo.add(word.signal)
    else listensTo.delete(word.signal)
  }
  if (word.is === 'signalled') {
    seen.set(word.signal, performance.now())
    inDoubt.delete(word.signal)
  }
  if (word.is === 'pong' && isForwarded(word.about) && inDoubt.delete(word.about)) child.kill(word.about)
}
