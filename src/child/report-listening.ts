/** Tells the parent when the first server of the app listens: then a server program is up. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { sendToParent } from '../protocol/messages.ts'

/** https://nodejs.org/api/diagnostics_channel.html: published when a `net.Server`, the base of all, has been bound. */
const LISTENING = 'tracing:net.server.listen:asyncEnd'

export function reportListening(toParentFd: number): void {
  subscribe(LISTENING, report)

  function report(): void {
    unsubscribe(LISTENING, report)
    sendToParent(toParentFd, { is: 'listening' })
  }
}
