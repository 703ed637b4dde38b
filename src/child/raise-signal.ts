/** Signals on Windows, where they cannot be sent: the app's listeners are called instead. */
import { constants } from 'node:os'

/** Runs the app's listeners for a signal, or ends the process if there is none any more. */
export function raiseSignal(signal: NodeJS.Signals): void {
  const number = (constants.signals as Partial<Record<NodeJS.Signals, number>>)[signal] ?? 0
  if (!process.emit(signal, signal, number)) process.kill(process.pid, signal)
}
