/** Ends this process exactly as the child ended. */
import { constants } from 'node:os'
import type { Exit } from '../protocol/exit.ts'

/** Call it when no listener of ours is left: one that listens is not killed by its own signal. */
export function leave(exit: Exit): never | Promise<never> {
  if (exit.signal === null) process.exit(exit.code)
  process.kill(process.pid, exit.signal)
  return stayUntilItHits(exit.signal)
}

/** Whether a process ended by a signal, or with the code that a shell shows for that. */
export function isEndBy(exit: Exit, signal: NodeJS.Signals | undefined): boolean {
  return signal !== undefined && (exit.signal === signal || exit.code === statusOf(signal))
}

/**
 * A signal to ourselves may arrive a moment later: an event loop that is empty by then would end
 * with 0. If it does not arrive at all (PID 1 gets no signal that it does not listen to, and
 * somebody else may listen), end with the code that a shell would show.
 */
function stayUntilItHits(signal: NodeJS.Signals): Promise<never> {
  return new Promise(() => {
    setTimeout(() => process.exit(statusOf(signal)), SIGNAL_TIME)
  })
}

/** How long a signal to ourselves may take, ms. */
const SIGNAL_TIME = 500

const statusOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal]
