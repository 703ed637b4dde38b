/** Ends this process exactly as the child ended. */
import { constants } from 'node:os'
import type { Exit } from '../protocol/exit.ts'

/** Call it after removing all signal listeners, which would keep the signal from ending this process. */
export function leave(exit: Exit): never | Promise<never> {
  if (exit.signal === null) process.exit(exit.code)
  process.kill(process.pid, exit.signal)
  return waitForSignal(exit.signal)
}

/** STATUS_CONTROL_C_EXIT: how Windows ends a process that does not listen to Ctrl-C, or to Ctrl-Break. */
const CONTROL_C_EXIT = 0xc000013a

/** Whether a process was ended by a signal, or exited with a shell's code for that. */
export function isEndBy(exit: Exit, signal: NodeJS.Signals | undefined): boolean {
  if (signal === undefined) return false
  const isByCtrlC = (signal === 'SIGINT' || signal === 'SIGBREAK') && exit.code === CONTROL_C_EXIT
  return exit.signal === signal || exit.code === statusOf(signal) || isByCtrlC
}

/**
 * A signal to ourselves may arrive a moment later, when an empty event loop would already have exited
 * with 0. If it has no effect (PID 1 gets no signal that it does not listen to, and other code may
 * listen), exits with a shell's code for the signal.
 */
function waitForSignal(signal: NodeJS.Signals): Promise<never> {
  return new Promise(() => {
    setTimeout(() => process.exit(statusOf(signal)), SIGNAL_TIME)
  })
}

/** How long a signal to ourselves may take, in ms. */
const SIGNAL_TIME = 500

const statusOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal]
