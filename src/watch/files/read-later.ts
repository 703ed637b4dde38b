/** Reads the files that were noted in the background: setting up a watch takes no longer for it. */
import { deferred } from '../../deferred.ts'
import type { Snapshot } from './snapshot.ts'

/** It works for so long, ms, and then leaves the thread to others. */
const SLICE = 5
const PAUSE = 10

export interface ReadLater {
  /** There are files to read, or may be. */
  readonly start: () => void
  readonly stop: () => void
  /** Resolves when all have been read for the first time. */
  readonly done: Promise<void>
}

/** `changed` is told of those that were changed before they could be read. */
export function readLater(files: Snapshot, changed: (path: string) => void): ReadLater {
  const done = deferred<void>()
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
    timer = undefined
    const end = performance.now() + SLICE
    for (const path of files.unread()) {
      if (!files.read(path)) changed(path)
      if (performance.now() < end) continue
      timer = setTimeout(slice, PAUSE)
      return
    }
    done.resolve()
  }
}
