/** What the user is told of generations. */
import { describe, duration, type Log, shown } from '../../log.ts'
import type { Reason } from '../../protocol/change.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import type { Cause } from './generation.ts'

export const because = (reason: Reason): string =>
  reason.is === 'requested' ? reason.text : describe(reason.changes)
export const since = (cause: Cause): string => duration(performance.now() - cause.since)

/** What a child says that is only for the user to know. */
export function tellUser(word: ChildMessage, log: Log): void {
  switch (word.is) {
    case 'syntax-error': {
      const line = word.line === null ? '' : `:${word.line}`
      return log.info(`${shown(word.path)}${line} does not parse: ${word.message} · the running code stays`)
    }
    case 'fixed':
      return log.info(`${shown(word.path)} is as it was when it was loaded · nothing to do`)
    case 'note':
      return log.info(word.text)
    case 'failed':
      return log.warn(`files are no longer watched: ${word.message}`)
  }
}
