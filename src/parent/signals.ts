/**
 * Receives the parent's signals and dispatches them to every running child, each of which decides what to
 * do. A signal that arrives while there is no child is kept.
 */
import type { Settings } from '../options/options.ts'
import type { Reason } from '../protocol/change.ts'
import { FORWARDED, type ForwardedSignal } from '../protocol/signals.ts'
import type { RunningChild } from './programs/program.ts'

/** `runProcess()` is part of another program: only signals that end that program concern it. */
const FOR_EMBEDDED = ['SIGINT', 'SIGTERM'] as const

export interface Signals {
  /** Dispatches signals to this child, too; returns a function that stops it. */
  readonly aim: (target: Target) => () => void
  /** Keeps all that arrives for the first target: its child has been started. */
  readonly hold: () => void
  /** Returns the signal that arrived while there was no child, and asks the program to end. */
  readonly pending: () => ForwardedSignal | undefined
  /** Resolves with what arrives while there is no child, or has already: a signal, or the text of a restart request. */
  readonly next: () => Promise<string>
  /** Resolves when a signal arrives while there is no child, or has already. */
  readonly interrupted: () => Promise<void>
  /** Whether the program was asked to end, and may be ending. */
  readonly isEnding: () => boolean
  /** Asks every child to restart, as an edit does, or launches one if there is none. */
  readonly restart: (text: string) => void
  /** Returns all children that get signals. */
  readonly children: () => RunningChild[]
  /** Ends the program like SIGTERM. */
  readonly end: () => void
  /** Stops listening: later signals have their default effect. */
  readonly close: () => void
}

export interface Target {
  readonly child: RunningChild
  readonly onSignal: (signal: ForwardedSignal) => void
  readonly onRestart: (reason: Reason) => void
  /** Whether the child was asked to end, and may be ending. */
  readonly isEnding: () => boolean
}

/** `ignoresHangup`: SIGHUP is received, since it would end this process, and not dispatched. */
export function receiveSignals(mode: Settings['mode'], ignoresHangup = false): Signals {
  /** More than one while generations overlap; the last one is the newest. */
  const targets = new Set<Target>()
  let pending: ForwardedSignal | undefined
  /** In the order of arrival. */
  let held: ((target: Target) => void)[] | undefined
  /** The text of a restart request that arrived while there was no child. */
  let requested: string | undefined
  let wake: (name: string) => void = () => {}
  let interrupt = () => {}

  const arrived = (signal: ForwardedSignal) => {
    if (ignoresHangup && signal === 'SIGHUP') return
    for (const target of targets) target.onSignal(signal)
    if (targets.size > 0) return
    if (held !== undefined) return void held.push((target) => target.onSignal(signal))
    pending = signal
    wake(signal)
    interrupt()
  }
  const restart = (text: string) => {
    const reason: Reason = { is: 'requested', by: 'user', text }
    for (const target of targets) target.onRestart(reason)
    if (targets.size > 0) return
    if (held !== undefined) return void held.push((target) => target.onRestart(reason))
    requested = text
    wake(text)
  }
  const onUsr2 = () => restart('SIGUSR2')
  /** Otherwise Node would open the debugger of this process. Between two children it is lost. */
  const onUsr1 = () => {
    held?.push(({ child }) => child.kill('SIGUSR1'))
    const { child } = [...targets].at(-1) ?? {}
    child?.kill('SIGUSR1')
  }
  const received = mode === 'embedded' ? FOR_EMBEDDED : FORWARDED
  for (const signal of received) process.on(signal, arrived)
  if (mode !== 'embedded') process.on('SIGUSR2', onUsr2).on('SIGUSR1', onUsr1)

  return {
    aim(target) {
      targets.add(target)
      // This one gets the signal that came between two children.
      if (pending !== undefined) target.onSignal(pending)
      pending = undefined
      requested = undefined // this launch is what was asked for
      for (const give of held?.splice(0) ?? []) give(target)
      held = undefined
      return () => void targets.delete(target)
    },
    hold() {
      held ??= []
    },
    pending: () => pending,
    next() {
      const already = pending ?? requested
      return already === undefined ? new Promise((resolve) => (wake = resolve)) : Promise.resolve(already)
    },
    interrupted() {
      return pending === undefined ? new Promise((resolve) => (interrupt = resolve)) : Promise.resolve()
    },
    isEnding: () => pending !== undefined || [...targets].some((target) => target.isEnding()),
    restart,
    children: () => [...targets].map(({ child }) => child),
    end: () => arrived('SIGTERM'),
    close() {
      for (const signal of received) process.off(signal, arrived)
      process.off('SIGUSR2', onUsr2).off('SIGUSR1', onUsr1)
    },
  }
}
