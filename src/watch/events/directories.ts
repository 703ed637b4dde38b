/**
 * Keeps directory watches alive: a directory that is moved, removed or replaced is watched again once
 * there is one at its path. One watch per directory, so the cost grows with the app, not with the tree.
 */
import { dirname } from 'node:path'
import { identityOf, isRoot, isWithin, START } from '../files/paths.ts'
import { leadsNowhere } from '../files/places.ts'
import { type WatchDirectory, watchDirectory } from './node-watch.ts'

interface Directory {
  /** Identifies the watched directory. Undefined while it is gone. */
  readonly identity: string | undefined
  readonly close: () => void
}

export interface Directories {
  /** Watches a directory and its parents, whose events show that it was moved, replaced or restored. */
  readonly keep: (directory: string) => void
  readonly has: (directory: string) => boolean
  readonly paths: () => IterableIterator<string>
  /**
   * Watches replaced directories anew: this one, those in it, and all below them. Returns these, and those
   * with a broken link at their path.
   */
  readonly renew: (directory: string) => string[]
  readonly drop: (directory: string) => void
  readonly close: () => void
}

interface Options {
  /** False if everything is polled, so that nothing needs to be watched. */
  readonly hasEvents: () => boolean
  /** Something happened in the directory, or may have happened before it was watched. */
  readonly onEvent: (directory: string) => void
  /** So many events came at once that the directory was not watched for a moment. */
  readonly onBurst: () => void
  readonly onFailed: (directory: string, error: NodeJS.ErrnoException) => void
  readonly watch?: WatchDirectory
}

/** Time without a watch after a burst, in ms. */
const REST = 50

export function createDirectories({
  hasEvents,
  onEvent,
  onBurst,
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
      const changed = (at: string) => isAnother(at) || isToCome(at)
      const lost = [directory, ...(below.get(directory) ?? [])].filter(changed)
      if (lost.length === 0) return []
      const affected = [...directories.keys()].filter((at) => lost.some((root) => isWithin(at, root)))
      const replaced = affected.filter(changed)
      for (const at of replaced) if (isAnother(at)) arm(at)
      return replaced
    },
    drop,
    close() {
      isClosed = true
      for (const { close } of directories.values()) close()
      directories.clear() // so that late events find nothing to watch again
      below.clear()
    },
  }

  /** The parent first: then nothing that happens in between goes unseen. */
  function keep(directory: string): void {
    if (isClosed) return
    const known = directories.get(directory)
    if (known !== undefined) {
      // If it appeared at the target of a link, the event was there, not here.
      if (known.identity === undefined && identityOf(directory) !== undefined) arm(directory)
      return
    }
    const above = dirname(directory)
    if (!isWithin(START, directory) && !isRoot(above)) keep(above)
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
      if (identityOf(path) !== undefined) arm(path) // it came back before the parent was watched
      return
    }
    if (!hasEvents()) return void directories.set(path, { identity, close: () => {} })
    const directory: Directory = {
      identity,
      close: watch(path, {
        onEvent: () => isCurrent() && onEvent(path),
        onArmed: () => isCurrent() && onEvent(path),
        onBurst: () => isCurrent() && rest(path),
        onGone: () => isCurrent() && gone(path),
        onFailed: (error) => isCurrent() && onFailed(path, error),
      }),
    }
    const isCurrent = () => directories.get(path) === directory
    directories.set(path, directory)
  }

  function rest(path: string): void {
    const timer = setTimeout(() => arm(path), REST)
    directories.set(path, { identity: identityOf(path), close: () => clearTimeout(timer) })
    onBurst()
    onEvent(path)
  }

  /** Forgets the identity too: a directory created in its place may get the same inode. */
  function gone(path: string): void {
    directories.set(path, { identity: undefined, close: () => {} })
    onEvent(path)
  }

  function drop(path: string): void {
    directories.get(path)?.close()
    directories.delete(path)
    below.get(dirname(path))?.delete(path)
  }

  /** Whether there is a link to a directory that does not exist yet. */
  function isToCome(path: string): boolean {
    const directory = directories.get(path)
    return directory !== undefined && directory.identity === undefined && leadsNowhere(path)
  }

  function isAnother(path: string): boolean {
    const directory = directories.get(path)
    return directory !== undefined && directory.identity !== identityOf(path)
  }
}
