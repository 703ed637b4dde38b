/** At debug level: every message between the app's threads and the watcher thread. */
import type { ChildConfig } from '../../protocol/child-config.ts'
import { sendToParent } from '../../protocol/messages.ts'
import type { ThreadMessage } from '../../protocol/threads.ts'

export const tracing =
  ({ toParentFd, watching }: ChildConfig) =>
  (way: '←' | '→', message: ThreadMessage): void => {
    if (!watching.trace) return
    const path = 'file' in message ? message.file.path : 'path' in message ? message.path : ''
    const text = `${way} thread of ${process.pid} ${message.is} ${path}`.trim()
    sendToParent(toParentFd, { is: 'trace', text })
  }
