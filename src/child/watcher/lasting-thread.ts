/** The watcher thread for the rest of the code: started again if the app has removed its working directory just then. */
import type { Worker } from 'node:worker_threads'
import type { ChildConfig } from '../../protocol/child-config.ts'
import { SLOT, type ThreadMessage } from '../../protocol/threads.ts'
import { currentDirectory } from '../../system/current-directory.ts'
import { monotonic } from '../../system/monotonic.ts'
import { newThread } from './new-thread.ts'

interface Events {
  readonly onMessage: (message: ThreadMessage) => void
  /** The thread has ended, and no other one will be started. */
  readonly onEnd: (why: string) => void
}

/** Returns what sends a message to the thread. Throws if the system cannot start one. */
export function lastingThread(
  config: ChildConfig,
  flags: Int32Array,
  { onMessage, onEnd }: Events,
): (message: ThreadMessage) => void {
  /** What a thread has not got if it does not start. */
  const unheard: ThreadMessage[] = []
  let thread = started()
  return (message) => {
    if (Atomics.load(flags, SLOT.threadReady) === 0) unheard.push(message)
    else unheard.length = 0
    thread.postMessage(message)
  }

  function started(): Worker {
    const worker = newThread(config, flags)
    let why = 'the watcher thread has ended'
    worker.on('message', onMessage)
    worker.on('online', () => {
      unheard.length = 0
    })
    worker.on('error', (error: Error) => {
      why = error.message
    })
    worker.on('exit', () => {
      if (why.endsWith('uv_cwd')) startLater(why)
      else onEnd(why)
    })
    worker.unref()
    return worker
  }

  /** Node starts no thread in a directory that is gone (`uv_cwd`). Until there is one, the app's end waits for no report. */
  function startLater(why: string): void {
    Atomics.store(flags, SLOT.reported, 1)
    const goneAt = monotonic()
    const timer = setInterval(tryAgain, INTERVAL).unref()
    tryAgain()

    function tryAgain(): void {
      const isThere = currentDirectory() !== undefined
      if (!isThere && monotonic() - goneAt < GIVE_UP) return
      clearInterval(timer)
      Atomics.store(flags, SLOT.reported, 0)
      if (!isThere) return onEnd(why)
      try {
        thread = started()
        for (const message of unheard) thread.postMessage(message)
      } catch (error) {
        onEnd((error as Error).message)
      }
    }
  }
}

/** How often to look for a working directory, and for how long, in ms. */
const INTERVAL = 50
const GIVE_UP = 2000
