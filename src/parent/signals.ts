/**
 * The signals that reach the parent, and who gets them: every running child, which decides by
 * itself what it needs; what arrives while there is none is kept.
 */
import { FORWARDED, type ForwardedSignal } from '../protocol/signals.ts'
import type { RunningChild } from './programs/program.ts'

/** `runProcess()` is a part of somebody else's program: only what ends that program is its business. */
const FOR_EMBEDDED = ['SIGINT', 'SIGTERM'] as const

export interface Signals {
  /** From now on this child gets them; returns a function that ends that. */
  readonly aim: (target: Target) => () => void
  /** What arrived while there was no child: the program is to end. */
  readonly pending: () => ForwardedSignal | undefined
  /** Resolves with the name of what arrives while there is no child: a signal, or a wish to restart. */
  readonly next: () => Promise<string>
  /** Whether the program was asked to end, and may be doing so. */
  readonly isEnding: () => boolean
  /** Asks the newest child to restart, or launches one again where there is none. */
  readonly restart: (text: string) => void
  /** All children that signals are for. */
  readonly children: () => RunningChild[]
  /** Ends the program, as SIGTERM does. */
  readonly end: () => void
  /** Stops listening: the next signal does what it does to any process. */
  readonly close: () => void
}

export interface Target {
  readonly child: RunningChild
  readonly onSignal: (signal: ForwardedSignal) => void
  /** Whether it was asked to end, and may be doing so. */
  readonly isEnding: () => boolean
}

export function receiveSignals(mode: 'app' | 'program' | 'embedded'): Signals {
  /** More than one while generations overlap; the last one is the newest. */
  const targets = new Set<Target>()
  let pending: ForwardedSignal | undefined
  let wake: (name: string) => void = () => {}

  const arrived = (signal: ForwardedSignal) => {
    for (const target of targets) target.onSignal(signal)
    if (targets.size > 0) return
    pending = signal
    wake(signal)
  }
  const restart = (text: string) => {
    const newest = [...targets].at(-1)
    if (newest === undefined) wake(text)
    else newest.child.post({ is: 'restart', reason: { is: 'requested', by: 'user', text } })
  }
  const onUsr2 = () => restart('SIGUSR2')
  const heard = mode === 'embedded' ? FOR_EMBEDDED : FORWARDED
  for (const signal of heard) process.on(signal, arrived)
  if (mode !== 'embedded') process.on('SIGUSR2', onUsr2)

  return {
    aim(target) {
      targets.add(target)
      // It came between two children: this one gets it.
      if (pending !== undefined) target.onSignal(pending)
      pending = undefined
      return () => void targets.delete(target)
    },
    pending: () => pending,
    next: () => new Promise((resolve) => (wake = resolve)),
    isEnding: () => pending !== undefined || [...targets].some((target) => target.isEnding()),
    restart,
    children: () => [...targets].map(({ child }) => child),
    end: () => arrived('SIGTERM'),
    close() {
      for (const signal of heard) process.off(signal, arrived)
      process.off('SIGUSR2', onUsr2)
    },
  }
}
