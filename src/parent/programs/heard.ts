/** What a child has told about itself, as far as its signals and its end depend on that. */
import type { ChildMessage } from '../../protocol/messages.ts'

export interface Heard {
  readonly note: (message: ChildMessage) => void
  /** Files it has loaded or looked for, with their stamps at that moment. */
  readonly loaded: ReadonlyMap<string, string>
  /** Whether it has imported exit75. */
  readonly cooperates: () => boolean
  readonly listensTo: (signal: NodeJS.Signals) => boolean
  /** Whether it has begun, and has not told that it exits: if it is over, a signal has ended it. */
  readonly isRunning: () => boolean
}

/** `cooperates`: whether that is known already. */
export function hear(cooperates: boolean): Heard {
  const loaded = new Map<string, string>()
  const listened = new Set<NodeJS.Signals>()
  let isRunning = false
  return {
    note(message) {
      switch (message.is) {
        case 'loaded':
          for (const { path, stamp } of message.files) loaded.set(path, stamp)
          return
        case 'cooperates':
          cooperates = true
          return
        case 'listens':
          listened[message.on ? 'add' : 'delete'](message.signal)
          return
        case 'failed':
          return listened.clear() // no message could reach the listeners
        case 'started':
        case 'exits':
          isRunning = message.is === 'started'
      }
    },
    loaded,
    cooperates: () => cooperates,
    listensTo: (signal) => listened.has(signal),
    isRunning: () => isRunning,
  }
}
