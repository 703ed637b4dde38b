/** What the user is told of generations. */
import { describe, duration, type Log, shown } from '../../log.ts'
import type { ChildWord, Reason } from '../../wire.ts'
import type { Cause } from './generation.ts'

export const because = ({ changes, why }: Reason): string => why ?? describe(changes)
export const since = (cause: Cause): string => duration(performance.now() - cause.since)

/** What a child says that is only for the user to know. */
export function tellUser(word: ChildWord, log: Log): void {
  switch (word.is) {
    case 'broken': {
      const line = word.line === null ? '' : `:${word.line}`
      return log.info(`${shown(word.path)}${line} does not parse: ${word.message} · the running code stays`)
    }
    case 'mended':
      return log.info(`${shown(word.path)} is as it was when it was loaded · nothing to do`)
    case 'note':
      return log.info(word.text)
    case 'failed':
      return log.warn(`files are no longer watched: ${word.message}`)
  }
}
