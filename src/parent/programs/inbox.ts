/** What a child says, passed on to those who listen. */
import type { ChildWord } from '../../wire.ts'

export interface Hearing {
  readonly speak: (word: ChildWord) => void
  /** From now on this one hears what is said, and first what nobody has heard so far. */
  readonly hear: (listener: (word: ChildWord) => void) => void
  /** Hears each word as soon as it is said, beside that one. */
  readonly overhear: (listener: (word: ChildWord) => void) => void
}

export function hearing(): Hearing {
  const unheard: ChildWord[] = []
  let listener = (word: ChildWord): void => void unheard.push(word)
  let beside = (_word: ChildWord): void => {}
  return {
    speak(word) {
      beside(word)
      listener(word)
    },
    hear(next) {
      listener = next
      for (const word of unheard.splice(0)) next(word)
    },
    overhear(next) {
      beside = next
    },
  }
}
