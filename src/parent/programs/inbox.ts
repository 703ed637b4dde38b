/** The messages of a child: those that come before anybody listens are kept. */
import type { ChildMessage } from '../../protocol/messages.ts'

export interface Inbox {
  readonly push: (message: ChildMessage) => void
  /** Sets the listener; earlier messages are delivered first. */
  readonly onMessage: (listener: (message: ChildMessage) => void) => void
}

export function createInbox(): Inbox {
  const unheard: ChildMessage[] = []
  let listener = (message: ChildMessage): void => void unheard.push(message)
  return {
    push: (message) => listener(message),
    onMessage(next) {
      listener = next
      for (const message of unheard.splice(0)) next(message)
    },
  }
}
