/** The parent's own IPC channel, when it has one, belongs to the app: messages pass both ways. */
import type { ChildProcess, SendHandle, Serializable } from 'node:child_process'
import dgram from 'node:dgram'
import { Server } from 'node:net'

export interface Relay {
  /** Passes on what this child says. */
  readonly hear: (child: ChildProcess) => void
  /** From now on what is said to the parent is for this child. */
  readonly deliverTo: (child: ChildProcess) => void
  readonly close: () => void
}

export const NO_RELAY: Relay = { hear: () => {}, deliverTo: () => {}, close: () => {} }

/** `closed` is called when the channel is. */
export function relayMessages(closed: () => void): Relay {
  if (!process.connected) return NO_RELAY
  /** What arrived while no child was there: the next one gets it. */
  const waiting: [Serializable, SendHandle | undefined][] = []
  let current: ChildProcess | undefined

  const deliver = (message: Serializable, handle?: SendHandle) => {
    if (current?.connected) current.send(message, handle, undefined, () => letGo(handle))
    else waiting.push([message, handle])
  }
  const hangUp = () => {
    if (current?.connected) current.disconnect()
    closed()
  }
  process.on('message', deliver).once('disconnect', hangUp)

  return {
    hear(child) {
      child.on('message', (message, handle) =>
        process.send?.(message, handle, undefined, () => letGo(handle)),
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
 * A server that was passed on would go on to accept connections here, where nothing answers them.
 * Errors are ignored: either end may close at any time, and the message is then lost.
 */
function letGo(handle: SendHandle | undefined): void {
  if (handle instanceof Server || handle instanceof dgram.Socket) handle.close()
}
