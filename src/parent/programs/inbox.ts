/** What a child says, passed on to those who listen. */
import type { ChildMessage } from '../../protocol/messages.ts'

export interface Inbox {
  readonly push: (word: ChildMessage) => void
  /** From now on this one hears what is said, and first what nobody has heard so far. */
  readonly onMessage: (listener: (word: ChildMessage) => void) => void
  /** Hears each word as soon as it is said, beside that one. */
  readonly tap: (listener: (word: ChildMessage) => void) => void
}

export function createInbox(): Inbox {
  const unheard: ChildMessage[] = []
  let listener = (word: ChildMessage): void => void unheard.push(word)
  let beside = (_word: ChildMessage): void => {}
  return {
    push(word) {
      beside(word)
      listener(word)
    },
    onMessage(next) {
      listener = next
      for (const word of unheard.splice(0)) next(word)
    },
    tap(next) {
      beside = next
    },
  }
}
