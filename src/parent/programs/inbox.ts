/** The messages from a child; those that arrive before there is a listener are kept. */
import type { ChildMessage } from '../../protocol/messages.ts'

export interface Inbox {
  readonly push: (message: ChildMessage) => void
  /** Sets the listener; earlier messages are delivered first. */
  readonly onMessage: (listener: (message: ChildMessage) => void) => void
}

export function createInbox(): Inbox {
  const pending: ChildMessage[] = []
  let listener = (message: ChildMessage): void => void pending.push(message)
  return {
    push: (message) => listener(message),
    onMessage(next) {
      listener = next
      for (const message of pending.splice(0)) next(message)
    },
  }
}
