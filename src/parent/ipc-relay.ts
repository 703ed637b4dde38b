/** The parent's own IPC channel, if any, belongs to the app: relays messages both ways. */
import type { ChildProcess, SendHandle, Serializable } from 'node:child_process'
import dgram from 'node:dgram'
import { Server } from 'node:net'

export interface Relay {
  /** Relays the messages of this child. */
  readonly forwardFrom: (child: ChildProcess) => void
  /** Delivers messages to the parent to this child from now on. */
  readonly deliverTo: (child: ChildProcess) => void
  readonly close: () => void
}

export const NO_RELAY: Relay = { forwardFrom: () => {}, deliverTo: () => {}, close: () => {} }

/** Calls `closed` when the channel is closed. */
export function relayMessages(closed: () => void): Relay {
  if (!process.connected) return NO_RELAY
  /** Messages that arrived while there was no child: the next one gets them. */
  const waiting: [Serializable, SendHandle | undefined][] = []
  let current: ChildProcess | undefined

  const deliver = (message: Serializable, handle?: SendHandle) => {
    if (current?.connected) current.send(message, handle, undefined, () => closePassedOn(handle))
    else waiting.push([message, handle])
  }
  const hangUp = () => {
    if (current?.connected) current.disconnect()
    closed()
  }
  process.on('message', deliver).once('disconnect', hangUp)

  return {
    forwardFrom(child) {
      child.on('message', (message, handle) =>
        process.send?.(message, handle, undefined, () => closePassedOn(handle)),
      )
    },
    deliverTo(child) {
      current = child
      for (const [message, handle] of waiting.splice(0)) deliver(message, handle)
    },
    close: () => void process.off('message', deliver).off('disconnect', hangUp),
  }
}

/**
 * Closes a server that was passed on: it would still accept connections here, where nothing answers them.
 * Send errors are ignored: either end may close at any time, and the message is then lost.
 */
function closePassedOn(handle: SendHandle | undefined): void {
  if (handle instanceof Server || handle instanceof dgram.Socket) handle.close()
}
