/** Logs every message between the parent and its children at debug level. */
import type { Log } from '../log.ts'
import type { ChildMessage, ParentMessage } from '../protocol/messages.ts'
import type { RunningChild } from './programs/program.ts'

/** Wraps a child so that each message is logged: `→ child 123 restart …`, `← child 123 polls`. */
export function traced(child: RunningChild, { isDebug, debug }: Log): RunningChild {
  if (!isDebug) return child
  const name = `child ${child.process.pid}`
  return {
    ...child,
    post(message) {
      debug(`→ ${name} ${text(message)}`)
      child.post(message)
    },
    onMessage(listener) {
      child.onMessage((message) => {
        if (message.is !== 'trace') debug(`← ${name} ${text(message)}`)
        listener(message)
      })
    },
  }
}

function text({ is, ...rest }: ChildMessage | ParentMessage): string {
  const details = JSON.stringify(rest, withoutVariables)
  return details === '{}' ? is : `${is} ${details.slice(0, LONGEST)}`
}

/** A log is shown to others, and variables hold secrets. */
const withoutVariables = (key: string, value: unknown): unknown => (key === 'env' ? undefined : value)

/** Longest text of a message, in characters: a large checkout makes many kB. */
const LONGEST = 500
