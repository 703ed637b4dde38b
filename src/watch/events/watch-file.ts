/**
 * Watches one file itself, where its directory gets no events for it: node-watch would watch the
 * directory. Returns a function that stops it. Undefined if the system cannot.
 */
import { watch } from 'node:fs'
import { fsPath } from '../files/fs-path.ts'

export function watchFile(path: string, onEvent: () => void): (() => void) | undefined {
  try {
    const watcher = watch(fsPath(path), { persistent: true }, onEvent)
    watcher.on('error', onEvent) // gone or unreachable: the next check tells which
    return () => watcher.close()
  } catch {
    return undefined
  }
}
