/**
 * Watches the directories that hold known files: one non-recursive node-watch each, so the cost
 * grows with the app and not with the tree. Where there are no events, it polls the known files.
 */
import { basename, dirname } from 'node:path'
import type { Watcher } from 'node-watch'
import type { KnownFiles, Origin } from './known-files.ts'
import { watch } from './node-watch.ts'
import { inodeOf, isDirectory, isLink, isWithin, ROOT, START } from './paths.ts'
import { isRemote, POLL, poll as pollFiles } from './polling.ts'
import { EVERYTHING, isDenied, type TreeFilter, walk } from './tree.ts'

interface Directory {
  /** Undefined while the directory is gone, or when it cannot be watched. */
  watcher: Watcher | undefined
  /** To tell a directory from another one that was put in its place. */
  inode: number | undefined
}

interface Watch {
  readonly files: KnownFiles
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
  /** Directories that the app named, and how often: whatever appears below them counts. */
  const trees = new Map<string, number>()
  let isClosed = false
  let stopPolling: (() => void) | undefined
  if (poll !== null) startPolling(poll)

  return {
    follow(path, origin, visit = () => {}) {
      watchWithParents(dirname(path))
      if (origin !== 'named') return
      trees.set(path, (trees.get(path) ?? 0) + 1) // it may be there later, and be a directory
      lookBelow(path, visit)
    },
    lookBelow,
    unfollow(path) {
      const left = (trees.get(path) ?? 0) - 1
      if (left > 0) trees.set(path, left)
      else trees.delete(path)
      files.unname(path)
      for (const one of files.paths()) {
        if (!isWithin(one, path)) continue
        const known = files.get(one)
        if (known && !known.isLoaded && known.named === 0 && !isBelowTree(one)) files.delete(one)
      }
    },
    narrow() {
      for (const [at, { watcher, inode }] of directories) {
        const holdsTree = [...trees.keys()].some((tree) => isWithin(tree, at))
        if (holdsTree || !isBelowTree(at) || (inode !== undefined && filter.enters(at))) continue
        watcher?.close()
        directories.delete(at)
      }
    },
    isWatched: (path) => files.has(path) || isBelowTree(path),
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
    const watcher = isWatchable ? watch(path, { recursive: false, delay: 0 }) : undefined
    directories.set(path, { watcher, inode })
    watcher?.on('change', (_type, name) => happened(String(name)))
    watcher?.on('error', (error: NodeJS.ErrnoException) => {
      if (inodeOf(path) === undefined || isGone(error)) missed(path, watcher)
      else if (isDenied(error) && filter.denied !== undefined) denied(path)
      // ENOSPC: the limit of inotify watches; EMFILE: of inotify instances or descriptors.
      else fallBack(`${error.code} for ${path}`)
    })
    if (watcher !== undefined) {
      let isArmed = false
      watcher.on('ready', () => (isArmed = true))
      setImmediate(() => isArmed || missed(path, watcher))
    }
    if (isWatchable && isRemote(path)) fallBack(`${path} is on a network or shared mount`)
    if (inode === undefined && dirname(path) !== path) {
      watchWithParents(dirname(path))
      if (inodeOf(path) !== undefined) watchOne(path) // back before that
    }
  }

  /** Removed before it was watched, which node-watch may pass over; what is there by now may have the same inode. */
  function missed(path: string, watcher: Watcher): void {
    if (directories.get(path)?.watcher !== watcher) return
    directories.set(path, { watcher: undefined, inode: undefined })
    lookAgain(path, false)
  }

  /** Forgotten: a change of its permissions is an event in the directory above. */
  function denied(path: string): void {
    directories.delete(path)
    filter.denied?.(path)
  }

  function happened(path: string): void {
    if (files.has(path)) touched(path)
    if (directories.has(path)) lookAgain(path, false)
    if (isNear?.(path) || isBelowTree(path)) appeared(path)
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
    for (const at of others) if (isBelowTree(at)) lookBelow(at)
    for (const tree of trees.keys()) if (others.has(dirname(tree))) lookBelow(tree) // there at last
  }

  function isBelowTree(path: string): boolean {
    return [...trees.keys()].some((tree) => isWithin(path, tree))
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
    if (stopPolling !== undefined) return
    startPolling(POLL)
    pollingBecause(why)
  }

  function startPolling(interval: number): void {
    const below = (visit: (path: string) => void) => trees.forEach((_, tree) => void lookBelow(tree, visit))
    stopPolling = pollFiles(files, interval, below, touched)
  }
}

/** node-watch has words of its own for it. */
const isGone = ({ code }: NodeJS.ErrnoException): boolean => code === 'ENOENT' || code === undefined
