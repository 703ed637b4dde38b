/** What a generation tells the parent as it ends, and with which code it does. */
import type { ChildConfig } from '../protocol/child-config.ts'
import { EX_TEMPFAIL } from '../protocol/exit.ts'
import { sendToParent } from '../protocol/messages.ts'
import { SLOT, type ThreadMessage } from '../protocol/threads.ts'
import type { ChildRole } from '../registry.ts'
import { sizeIn, stampOf } from '../watch/files/stamp.ts'
import { onExit, onFatal } from './report-signals.ts'
import { strippingFault } from './strip-only.ts'
import { hasThreadLoader } from './users-flags.ts'

/** Call this at the launch. */
export function tellAtEnd(config: ChildConfig, { flags, send, launch }: ChildRole): void {
  const file = config.file ?? ''
  const isHalfSaved = savedMeanwhile(file)
  onExit((code) => {
    // All the work was done by a thread, which has left for the restart.
    const hasLeft = code === 0 && process.exitCode === undefined && Atomics.load(flags, SLOT.left) === 1
    if (hasLeft) process.exitCode = EX_TEMPFAIL
    if (hasLeft || code === EX_TEMPFAIL) return
    if (code !== 0 || config.watching.reportEnd || (launch.generation > 1 && isHalfSaved()))
      waitForReport(flags, send)
  })
  // What the user has loaded before may run other languages.
  if (config.preloads.length === 0 && !hasThreadLoader())
    onFatal((error) => {
      const text = strippingFault(error, file)
      if (text !== undefined) sendToParent(config.toParentFd, { is: 'note', text, once: true })
    })
}

/** An entry that is loaded between the two steps of a save is empty: a program that exits with 0 at once. */
function savedMeanwhile(entry: string): () => boolean {
  const before = stampOf(entry)
  return () => {
    const now = stampOf(entry)
    return now !== before || (now !== '' && sizeIn(now) === 0) // the second step may still be to come
  }
}

/**
 * After a crash the parent must know what was loaded, and whether it has changed on disk since: a file
 * that was loaded while it was being saved must not end the program.
 */
function waitForReport(flags: Int32Array, send: (message: ThreadMessage) => void): void {
  send({ is: 'flush' })
  Atomics.wait(flags, SLOT.reported, 0, REPORT_TIME)
}

/** Longest wait, in ms: it takes a few, unless the machine is stalled or the thread is gone. */
const REPORT_TIME = 5000
