/**
 * Watches one file itself, where its directory gets no events of it: node-watch would watch the
 * directory. Undefined if the system cannot.
 */
import { watch } from 'node:fs'
import { fsPath } from '../files/fs-path.ts'

export function watchFile(path: string, onEvent: () => void): (() => void) | undefined {
  try {
    const watcher = watch(fsPath(path), { persistent: true }, onEvent)
    watcher.on('error', onEvent) // it is gone, or out of reach: a look tells
    return () => watcher.close()
  } catch {
    return undefined
  }
}
