/** Signals on Windows, where no process can be sent one: what the app would do about it, it does here. */
import { constants } from 'node:os'

/** Runs the app's listeners for a signal, or ends the process if there is none any more. */
export function raiseSignal(signal: NodeJS.Signals): void {
  const number = (constants.signals as Partial<Record<NodeJS.Signals, number>>)[signal] ?? 0
  if (!process.emit(signal, signal, number)) process.kill(process.pid, signal)
}
