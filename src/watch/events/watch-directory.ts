/** Watches one directory, not what is below it. */
import type { Watcher } from 'node-watch'
import { inodeOf } from '../files/paths.ts'
import { watch } from './node-watch.ts'

interface Told {
  /** Of each event, with the path that it names. */
  readonly happened: (path: string) => void
  /** The directory is gone, perhaps since before it was watched: node-watch may pass over that. */
  readonly gone: () => void
  /** It is there, and cannot be watched. */
  readonly failed: (error: NodeJS.ErrnoException) => void
}

export function watchDirectory(path: string, { happened, gone, failed }: Told): Watcher {
  const watcher = watch(path, { recursive: false, delay: 0 })
  let isArmed = false
  watcher.on('ready', () => (isArmed = true))
  watcher.on('change', (_type, name) => happened(String(name)))
  watcher.on('error', (error: NodeJS.ErrnoException) => {
    if (inodeOf(path) === undefined || isGone(error)) gone()
    else failed(error)
  })
  setImmediate(() => isArmed || gone())
  return watcher
}

/** node-watch has words of its own for it. */
const isGone = ({ code }: NodeJS.ErrnoException): boolean => code === 'ENOENT' || code === undefined
