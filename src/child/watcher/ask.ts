/** How the app learns that it is outdated. */
import type { BroadcastChannel, MessagePort } from 'node:worker_threads'
import type { Reason } from '../../protocol/change.ts'
import type { ChildConfig } from '../../protocol/child-config.ts'
import { sendToParent } from '../../protocol/messages.ts'
import { advance, PHASE, phaseOf, type ThreadMessage } from '../../protocol/threads.ts'

interface Asking {
  readonly config: ChildConfig
  readonly flags: Int32Array
  readonly main: MessagePort
  readonly threads: BroadcastChannel
  readonly trace: (message: ThreadMessage) => void
  /** Called once `shouldRestart()` is true: no later edit counts. */
  readonly onAsked: () => void
}

export interface Ask {
  /** With `overlap` the parent launches the next generation first, and then retires this one. */
  readonly forRestart: (reason: Reason) => void
  /** Turns `shouldRestart()` true. */
  readonly now: (reason: Reason) => void
}

export function askThrough({ config, flags, main, threads, trace, onAsked }: Asking): Ask {
  const { toParentFd, watching } = config
  return {
    forRestart(reason) {
      if (watching.overlap) sendToParent(toParentFd, { is: 'outdated', reason })
      else now(reason)
    },
    now,
  }

  /** Sends the reason before it sets the flag: a busy loop may exit immediately. */
  function now(reason: Reason): void {
    if (phaseOf(flags) === PHASE.outdated) return
    if (!watching.overlap) sendToParent(toParentFd, { is: 'outdated', reason })
    advance(flags, PHASE.outdated)
    const message: ThreadMessage = { is: 'outdated', reason }
    trace(message)
    main.postMessage(message)
    threads.postMessage(message)
    onAsked()
  }
}
