/**
 * Watches the directories that hold known files: one non-recursive node-watch each, so the cost
 * grows with the app and not with the tree. Where there are no events, it polls the known files.
 */
import { lstatSync, statfsSync } from 'node:fs'
import { basename, dirname, parse, sep } from 'node:path'
import type { Watcher } from 'node-watch'
import type { KnownFiles, Origin } from './known-files.ts'
import { watch } from './node-watch.ts'
import { stampOf, statOf } from './stamp.ts'
import { isPassedOver, walk } from './tree.ts'

/** How often known files are looked at where there are no events, ms. */
const POLL = 500

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
  readonly touched: (path: string) => void
  readonly pollingBecause: (why: string) => void
}

export interface Directories {
  /** Watches a file, or a directory with everything below it if the app named it. */
  readonly follow: (path: string, origin: Origin) => void
  /** Looks for files in a named directory that are not known. */
  readonly lookBelow: (path: string) => void
  readonly unfollow: (path: string) => void
  readonly isWatched: (path: string) => boolean
  readonly close: () => void
}

export function watchDirectories({ files, poll, isNear, touched, pollingBecause }: Watch): Directories {
  const directories = new Map<string, Directory>()
  /** Directories that the app named, and how often: whatever appears below them counts. */
  const trees = new Map<string, number>()
  let polling: NodeJS.Timeout | undefined
  if (poll !== null) startPolling(poll)

  return {
    follow(path, origin) {
      watchWithParents(dirname(path))
      if (origin !== 'named') return
      trees.set(path, (trees.get(path) ?? 0) + 1) // it may be there later, and be a directory
      if (isDirectory(path)) walk(path, watchWithParents, () => {})
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
    isWatched: (path) => files.has(path) || isBelowTree(path),
    close() {
      clearInterval(polling)
      for (const { watcher } of directories.values()) watcher?.close()
    },
  }

  /**
   * A directory is noticed to be moved, replaced or back by an event in the one above it. That one
   * is watched first: what happens in between is then seen one way or the other.
   */
  function watchWithParents(directory: string): void {
    if (directories.has(directory)) return
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
      // ENOSPC: the limit of inotify watches; EMFILE: of inotify instances or descriptors.
      if (inodeOf(path) !== undefined && !isGone(error)) fallBack(`${error.code} for ${path}`)
      else missed(path, watcher)
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
    for (const [at, { watcher, inode }] of directories) {
      if (!isWithin(at, path) || (inodeOf(at) === inode && !(ended && at === path))) continue
      watcher?.close()
      watchOne(at)
      for (const file of files.paths()) if (dirname(file) === at) touched(file)
      if (isBelowTree(at)) walk(at, watchWithParents, appeared)
    }
  }

  function isBelowTree(path: string): boolean {
    for (const tree of trees.keys()) if (isWithin(path, tree)) return true
    return false
  }

  function lookBelow(path: string): void {
    if (isDirectory(path)) walk(path, watchWithParents, appeared)
  }

  function appeared(path: string): void {
    if (isPassedOver(path)) return
    if (isDirectory(path) && !isLink(path)) walk(path, watchWithParents, appeared)
    else if (!files.has(path)) touched(path)
  }

  function fallBack(why: string): void {
    if (polling !== undefined) return
    startPolling(POLL)
    pollingBecause(why)
  }

  function startPolling(interval: number): void {
    const seen = new Map<string, string>()
    const look = (path: string) => {
      const stamp = stampOf(path)
      if (stamp !== (seen.get(path) ?? files.get(path)?.stamp)) touched(path)
      seen.set(path, stamp)
    }
    polling = setInterval(() => {
      for (const path of files.paths()) look(path)
      for (const tree of trees.keys())
        if (isDirectory(tree)) walk(tree, watchWithParents, (path) => files.has(path) || look(path))
    }, interval)
  }
}

const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)

const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() ?? false
const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
/** node-watch has words of its own for it. */
const isGone = ({ code }: NodeJS.ErrnoException): boolean => code === 'ENOENT' || code === undefined
const inodeOf = (path: string): number | undefined => statOf(path)?.ino

/**
 * File systems whose changes may be made elsewhere, which the kernel then does not tell: NFS, SMB,
 * CIFS, 9p (WSL, containers on a desktop), FUSE, VirtualBox and Parallels folders (statfs(2)).
 */
const REMOTE = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x786f4256, 0x7c7c6673,
])
function isRemote(path: string): boolean {
  try {
    return REMOTE.has(statfsSync(path).type)
  } catch {
    return false // gone in the meantime
  }
}

/** Where the program was started: it may change its directory, and remove that one. */
const START = startDirectory()
const ROOT = parse(START).root

function startDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return sep // removed already
  }
}
