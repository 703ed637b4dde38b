/** Reads the files that were noted in the background: setting up a watch takes no longer for it. */
import { deferred } from '../../deferred.ts'
import type { Unread } from './tree-snapshot.ts'

/** It works for so long, ms, and then leaves the thread to others; what cannot be read yet is tried again. */
const SLICE = 5
const PAUSE = 10
const RETRY = 100

export interface ReadLater {
  /** There are files to read, or may be. */
  readonly start: () => void
  readonly stop: () => void
  /** Resolves when all have been read for the first time. */
  readonly done: Promise<void>
}

/** `onChanged` gets those that were changed before they could be read. */
export function readLater(files: Unread, onChanged: (path: string) => void): ReadLater {
  const done = deferred<void>()
  let round: Iterator<string> | undefined
  let hasLater = false
  let timer: NodeJS.Timeout | undefined
  return {
    done: done.promise,
    start() {
      timer ??= setTimeout(slice, 0)
    },
    stop() {
      clearTimeout(timer)
      done.resolve()
    },
  }

  function slice(): void {
    round ??= files.unread()[Symbol.iterator]()
    const end = performance.now() + SLICE
    for (;;) {
      const next = round.next()
      if (next.done) return endRound()
      const outcome = files.read(next.value)
      if (outcome === 'changed') onChanged(next.value)
      if (outcome === 'later') hasLater = true
      if (performance.now() > end) break
    }
    timer = setTimeout(slice, PAUSE)
  }

  function endRound(): void {
    round = undefined
    timer = undefined
    if (hasLater) timer = setTimeout(slice, RETRY)
    else done.resolve()
    hasLater = false
  }
}
