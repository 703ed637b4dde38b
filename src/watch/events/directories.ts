/**
 * Watches the directories that hold known files: one non-recursive node-watch each, so the cost
 * grows with the app and not with the tree. Where there are no events, it polls the known files.
 */
import { basename, dirname } from 'node:path'
import type { Watcher } from 'node-watch'
import { inodeOf, isDirectory, isLink, isWithin, ROOT, START } from '../files/paths.ts'
import type { Origin, Snapshot } from '../files/snapshot.ts'
import { isRemote, POLL, poll as pollFiles } from './polling.ts'
import { EVERYTHING, isDenied, type TreeFilter, walk } from './walk.ts'
import { watchDirectory } from './watch-directory.ts'
import { watchedRoots } from './watched-roots.ts'

interface Directory {
  /** Undefined while the directory is gone, or when it cannot be watched. */
  watcher: Watcher | undefined
  /** To tell a directory from another one that was put in its place. */
  inode: number | undefined
}

interface Watch {
  readonly files: Snapshot
  readonly poll: number | null
  /** Whether a file counts although it is not known, as soon as it changes. */
  readonly isNear?: (path: string) => boolean
  /** What counts below named directories. */
  readonly filter?: TreeFilter
  readonly touched: (path: string) => void
  readonly pollingBecause: (why: string) => void
}

export interface Directories {
  /**
   * Watches a file, or a directory with everything below it if it was named. Each file below is
   * visited when its directory is watched: a later change of it is an event.
   */
  readonly follow: (path: string, origin: Origin, visit?: (file: string) => void) => void
  /** Visits what is in a named directory. By default files that are not known are taken as touched. */
  readonly lookBelow: (path: string, visit?: (file: string) => void) => void
  readonly unfollow: (path: string) => void
  /** Gives up the directories below named ones that are gone, or that the filter does not enter any more. */
  readonly narrow: () => void
  readonly isWatched: (path: string) => boolean
  /** From now on nothing is watched, whatever is followed. */
  readonly close: () => void
}

export function watchDirectories({
  files,
  poll,
  isNear,
  filter = EVERYTHING,
  touched,
  pollingBecause,
}: Watch): Directories {
  const directories = new Map<string, Directory>()
  const trees = watchedRoots()
  let isClosed = false
  let stopPolling: (() => void) | undefined
  if (poll !== null) startPolling(poll)

  return {
    follow(path, origin, visit = () => {}) {
      watchWithParents(dirname(path))
      if (origin !== 'named') return
      trees.add(path)
      lookBelow(path, visit)
    },
    lookBelow,
    unfollow(path) {
      trees.remove(path)
      files.unname(path)
      for (const one of files.paths()) {
        if (!isWithin(one, path)) continue
        const known = files.get(one)
        if (known && !known.isLoaded && known.named === 0 && !trees.hold(one)) files.delete(one)
      }
    },
    narrow() {
      for (const [at, { watcher, inode }] of directories) {
        const holdsTree = trees.paths().some((tree) => isWithin(tree, at))
        if (holdsTree || !trees.hold(at) || (inode !== undefined && filter.enters(at))) continue
        watcher?.close()
        directories.delete(at)
      }
    },
    isWatched: (path) => files.has(path) || trees.hold(path),
    close() {
      isClosed = true
      stopPolling?.()
      for (const { watcher } of directories.values()) watcher?.close()
      directories.clear() // what is still on its way finds nothing to watch again
      trees.clear()
    },
  }

  /**
   * A directory is noticed to be moved, replaced or back by an event in the one above it. That one
   * is watched first: what happens in between is then seen one way or the other.
   */
  function watchWithParents(directory: string): void {
    if (isClosed || directories.has(directory)) return
    if (!isWithin(START, directory) && dirname(directory) !== ROOT) watchWithParents(dirname(directory))
    watchOne(directory)
  }

  function watchOne(path: string): void {
    const inode = inodeOf(path)
    const isWatchable = inode !== undefined && poll === null
    const watcher = isWatchable
      ? watchDirectory(path, {
          happened,
          gone: () => missed(path, watcher),
          failed: (error) => failed(path, error),
        })
      : undefined
    directories.set(path, { watcher, inode })
    if (isWatchable && isRemote(path)) fallBack(`${path} is on a network or shared mount`)
    if (inode === undefined && dirname(path) !== path) {
      watchWithParents(dirname(path))
      if (inodeOf(path) !== undefined) watchOne(path) // back before that
    }
  }

  /** What is there by now may have the same inode. */
  function missed(path: string, watcher: Watcher | undefined): void {
    if (directories.get(path)?.watcher !== watcher) return
    directories.set(path, { watcher: undefined, inode: undefined })
    lookAgain(path, false)
  }

  function failed(path: string, error: NodeJS.ErrnoException): void {
    if (isDenied(error) && filter.denied !== undefined) {
      directories.delete(path) // a change of its permissions is an event in the directory above
      filter.denied(path)
    } else {
      // ENOSPC: the limit of inotify watches; EMFILE: of inotify instances or descriptors.
      fallBack(`${error.code} for ${path}`)
    }
  }

  function happened(path: string): void {
    if (files.has(path)) touched(path)
    if (directories.has(path)) lookAgain(path, false)
    if (isNear?.(path) || trees.hold(path)) appeared(path)
    // The event of a directory's own end carries its own name.
    const parent = dirname(path)
    if (basename(path) === basename(parent)) lookAgain(parent, true)
    // node-watch keeps it to itself that a file was renamed to its backup.
    if (path.endsWith('~')) happened(path.slice(0, -1))
  }

  /**
   * Replaced, gone, or back: its watch belongs to the old directory, and its files may differ. One
   * that came to its own end may be back under the same inode.
   */
  function lookAgain(path: string, ended: boolean): void {
    const others = new Set<string>()
    for (const [at, { watcher, inode }] of directories) {
      if (!isWithin(at, path) || (inodeOf(at) === inode && !(ended && at === path))) continue
      watcher?.close()
      watchOne(at)
      others.add(at)
    }
    if (others.size === 0) return
    for (const file of files.paths()) if (others.has(dirname(file))) touched(file)
    for (const at of others) if (trees.hold(at)) lookBelow(at)
    for (const tree of trees.paths()) if (others.has(dirname(tree))) lookBelow(tree) // there at last
  }

  function lookBelow(path: string, visit = appeared): void {
    if (isDirectory(path)) walk(path, watchWithParents, visit, filter)
  }

  function appeared(path: string): void {
    if (isDirectory(path) && !isLink(path)) {
      if (filter.enters(path)) lookBelow(path)
    } else if (!files.has(path) && filter.passes(path)) touched(path)
  }

  function fallBack(why: string): void {
    if (isClosed || stopPolling !== undefined) return
    startPolling(POLL)
    pollingBecause(why)
  }

  function startPolling(interval: number): void {
    const below = (visit: (path: string) => void) => {
      for (const tree of trees.paths()) lookBelow(tree, visit)
    }
    stopPolling = pollFiles(files, interval, below, touched)
  }
}
