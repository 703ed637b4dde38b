/** Files whose directory gets no events for them: each is watched by itself, or polled. */
import { changesElsewhere } from '../files/places.ts'
import { statOf } from '../files/stamp.ts'
import { isRemote, POLL } from './polling.ts'
import { watchFile } from './watch-file.ts'

export interface Apart {
  /** Watches a file by itself if needed, and stops if not. `target`: the path with its links resolved. */
  readonly examine: (path: string, target: string) => void
  readonly release: (path: string) => void
  readonly close: () => void
}

interface Options {
  readonly onEvent: (path: string) => void
  /** Called once, with the first file that must be polled. */
  readonly onPolled: (path: string) => void
}

interface Single {
  readonly identity: string
  /** Undefined if the file is polled. */
  readonly close: (() => void) | undefined
}

export function watchApart({ onEvent, onPolled }: Options): Apart {
  const files = new Map<string, Single>()
  let timer: NodeJS.Timeout | undefined
  let isReported = false

  return {
    examine(path, target) {
      if (!changesElsewhere(target)) return release(path)
      const stat = statOf(target)
      const identity = `${stat?.dev} ${stat?.ino}`
      if (files.get(path)?.identity === identity) return
      release(path)
      const close = isRemote(target) ? undefined : watchFile(target, () => onEvent(path))
      files.set(path, { identity, close })
      if (close === undefined) poll(path)
    },
    release,
    close() {
      for (const path of [...files.keys()]) release(path)
      clearInterval(timer)
    },
  }

  function release(path: string): void {
    files.get(path)?.close?.()
    files.delete(path)
  }

  function poll(path: string): void {
    timer ??= setInterval(() => {
      for (const [file, { close }] of files) if (close === undefined) onEvent(file)
    }, POLL)
    if (isReported) return
    isReported = true
    onPolled(path)
  }
}
