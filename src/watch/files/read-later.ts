/** Reads noted files in the background, so that setting up a watch does not wait for it. */
import { deferred } from '../../deferred.ts'
import { monotonic } from '../../system/monotonic.ts'
import type { Unread } from './tree-snapshot.ts'

/** Time slice for reading, pause after each, and delay before unreadable files are tried again; all in ms. */
const SLICE = 5
const PAUSE = 10
const RETRY = 100

export interface ReadLater {
  /** Call it when there may be files to read. */
  readonly start: () => void
  readonly stop: () => void
  /** Resolves when every file has been read once. */
  readonly done: Promise<void>
}

/** `onChanged` is called with each file that changed before it could be read. */
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
    const end = monotonic() + SLICE
    for (;;) {
      const next = round.next()
      if (next.done) return endRound()
      const outcome = files.read(next.value)
      if (outcome === 'changed') onChanged(next.value)
      if (outcome === 'later') hasLater = true
      if (monotonic() > end) break
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
