/** The parent's own IPC channel, when it has one, belongs to the app: messages pass both ways. */
import type { ChildProcess, SendHandle, Serializable } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Relay {
  /** From now on the messages are this child's. */
  readonly attach: (child: ChildProcess) => void
  readonly close: () => void
}

export function relayMessages(): Relay {
  if (!process.connected) return { attach: () => {}, close: () => {} }
  /** What arrived while no child was there: the next one gets it. */
  const waiting: [Serializable, SendHandle | undefined][] = []
  let current: ChildProcess | undefined

  const deliver = (message: Serializable, handle?: SendHandle) => {
    if (current?.connected) current.send(message, handle, undefined, ignoreError)
    else waiting.push([message, handle])
  }
  const hangUp = () => {
    if (current?.connected) current.disconnect()
  }
  process.on('message', deliver).once('disconnect', hangUp)

  return {
    attach(child) {
      current = child
      child.on('message', (message, handle) => process.send?.(message, handle, undefined, ignoreError))
      for (const [message, handle] of waiting.splice(0)) deliver(message, handle)
    },
    close: () => void process.off('message', deliver).off('disconnect', hangUp),
  }
}

/** How the channel writes, so that the app can say to us what it could say without us. */
export function serialization(): 'json' | 'advanced' {
  try {
    // Node removes the variable when it starts; Linux keeps the first environment.
    const environment = readFileSync('/proc/self/environ', 'utf8').split('\0')
    return environment.includes('NODE_CHANNEL_SERIALIZATION_MODE=advanced') ? 'advanced' : 'json'
  } catch {
    return 'json' // no /proc: the default, which almost every program uses
  }
}

/** Either end may close at any time; the message is then nobody's. */
function ignoreError(): void {}
