/**
 * Tells the parent which signals the app listens to, and when its listeners run: so the parent knows
 * that the terminal's Ctrl-C has reached the app, and does not pass it on a second time.
 *
 * The child must not listen to signals itself. A listener of ours would make a busy loop immune to
 * Ctrl-C, and would show in `listenerCount`, which signal-exit compares. So `process.emit` is patched:
 * both signals and `newListener` pass through it. So do `exit`, whose listeners an app may remove, and of
 * which Node takes the eleventh for a leak, and errors that nobody catches.
 */

import { sendToParent } from '../protocol/messages.ts'
import { type ForwardedSignal, isForwarded } from '../protocol/signals.ts'

/** Calls `listener` with an error that ends the program, before Node prints it. */
export function onFatal(listener: (error: unknown) => void): void {
  atFatal = listener
}
let atFatal = (_error: unknown): void => {}
const isCaught = (): boolean =>
  process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()

/** Calls `listener` before those of the app. Replaces an earlier one. */
export function onExit(listener: (code: number) => void): void {
  atExit = listener
}
let atExit = (_code: number): void => {}

export function reportSignals(toParentFd: number): void {
  const emit = process.emit as (this: NodeJS.Process, ...args: unknown[]) => boolean
  const listening = new Set<ForwardedSignal>()

  const note = (signal: ForwardedSignal, on: boolean) => {
    if (on === listening.has(signal)) return
    sendToParent(toParentFd, { is: 'listens', signal, on })
    if (on) listening.add(signal)
    else listening.delete(signal)
  }

  process.emit = function (this: NodeJS.Process, event: unknown, ...args: unknown[]): boolean {
    const [name] = args
    if (isForwarded(event)) sendToParent(toParentFd, { is: 'signalled', signal: event })
    if (event === 'exit') {
      // Not by a listener: an app may remove all. Without it, a signal unknown to Node looks like an exit with 0.
      sendToParent(toParentFd, { is: 'exits' })
      atExit(Number(name))
    }
    if (event === 'uncaughtExceptionMonitor' && !isCaught()) atFatal(name)
    if (event === 'newListener' && isForwarded(name)) note(name, true)
    const result = emit.call(this, event, ...args)
    if (event === 'removeListener' && isForwarded(name)) note(name, process.listenerCount(name) > 0)
    return result
  } as typeof process.emit
}
