/**
 * Keeps watches of directories alive: one that is moved, removed or replaced is watched again when
 * something stands there again. One watch for each, so the cost grows with the app and not with the
 * tree.
 */
import { dirname } from 'node:path'
import { identityOf, isWithin, ROOT, START } from '../files/paths.ts'
import { type WatchDirectory, watchDirectory } from './node-watch.ts'

interface Directory {
  /** What was watched; undefined while the directory is gone. */
  readonly identity: string | undefined
  readonly close: () => void
}

export interface Directories {
  /** Watches a directory, and those above it, which show that it is moved, replaced or back. */
  readonly keep: (directory: string) => void
  readonly has: (directory: string) => boolean
  readonly paths: () => IterableIterator<string>
  /** Watches again what is no longer the same, of a directory and those right below; returns these, and all below them. */
  readonly renew: (directory: string) => string[]
  readonly drop: (directory: string) => void
  readonly close: () => void
}

interface Options {
  /** False: nothing is watched, since everything is polled. */
  readonly hasEvents: () => boolean
  /** Something happened in it, or may have happened before it was watched. */
  readonly onEvent: (directory: string) => void
  /** So much happened at once that it was not watched for a moment. */
  readonly onBurst: () => void
  readonly onArmed: () => void
  readonly onFailed: (directory: string, error: NodeJS.ErrnoException) => void
  readonly watch?: WatchDirectory
}

/** After a burst a directory is not watched for this time, ms. */
const REST = 50

export function createDirectories({
  hasEvents,
  onEvent,
  onBurst,
  onArmed,
  onFailed,
  watch = watchDirectory,
}: Options): Directories {
  const directories = new Map<string, Directory>()
  const below = new Map<string, Set<string>>()
  let isClosed = false

  return {
    keep,
    has: (directory) => directories.has(directory),
    paths: () => directories.keys(),
    renew(directory) {
      const lost = [directory, ...(below.get(directory) ?? [])].filter(isAnother)
      if (lost.length === 0) return []
      const all = [...directories.keys()].filter((at) => lost.some((one) => isWithin(at, one)))
      const others = all.filter(isAnother)
      for (const at of others) arm(at)
      return others
    },
    drop,
    close() {
      isClosed = true
      for (const { close } of directories.values()) close()
      directories.clear() // what is still on its way finds nothing to watch again
      below.clear()
    },
  }

  /** The upper one first: what happens in between is then seen one way or the other. */
  function keep(directory: string): void {
    if (isClosed || directories.has(directory)) return
    const above = dirname(directory)
    if (!isWithin(START, directory) && above !== ROOT) keep(above)
    arm(directory)
  }

  function arm(path: string): void {
    directories.get(path)?.close()
    const identity = identityOf(path)
    const above = dirname(path)
    const siblings = below.get(above) ?? new Set()
    if (above !== path) below.set(above, siblings.add(path))
    if (identity === undefined) {
      directories.set(path, { identity, close: () => {} })
      if (above === path) return
      keep(above)
      if (identityOf(path) !== undefined) arm(path) // back before that
      return
    }
    if (!hasEvents()) return void directories.set(path, { identity, close: () => {} })
    const directory: Directory = {
      identity,
      close: watch(path, {
        onEvent: () => isCurrent() && onEvent(path),
        onArmed: () => isCurrent() && armed(path),
        onBurst: () => isCurrent() && rest(path),
        onGone: () => isCurrent() && gone(path),
        onFailed: (error) => isCurrent() && onFailed(path, error),
      }),
    }
    const isCurrent = () => directories.get(path) === directory
    directories.set(path, directory)
  }

  function armed(path: string): void {
    onArmed()
    onEvent(path)
  }

  function rest(path: string): void {
    const timer = setTimeout(() => arm(path), REST)
    directories.set(path, { identity: identityOf(path), close: () => clearTimeout(timer) })
    onBurst()
    onEvent(path)
  }

  /** What is there by now may look like what was. */
  function gone(path: string): void {
    directories.set(path, { identity: undefined, close: () => {} })
    onEvent(path)
  }

  function drop(path: string): void {
    directories.get(path)?.close()
    directories.delete(path)
    below.get(dirname(path))?.delete(path)
  }

  function isAnother(path: string): boolean {
    const directory = directories.get(path)
    return directory !== undefined && directory.identity !== identityOf(path)
  }
}
