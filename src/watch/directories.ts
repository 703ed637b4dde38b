/**
 * Watches the directories that hold known files: one non-recursive node-watch each, so the cost
 * grows with the app and not with the tree. Where there are no events, it polls the known files.
 */
import { type Dirent, readdirSync, statfsSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import type { Watcher } from 'node-watch'
import type { KnownFiles, Origin } from './known-files.ts'
import { watch } from './node-watch.ts'
import { stampOf, statOf } from './stamp.ts'

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
  readonly unfollow: (path: string) => void
  readonly close: () => void
}

export function watchDirectories({ files, poll, isNear, touched, pollingBecause }: Watch): Directories {
  const directories = new Map<string, Directory>()
  /** Directories that the app named: whatever appears below them counts. */
  const trees = new Set<string>()
  let polling: NodeJS.Timeout | undefined
  if (poll !== null) startPolling(poll)

  return {
    follow(path, origin) {
      if (origin === 'named' && isDirectory(path)) followTree(path)
      watchWithParents(dirname(path))
    },
    unfollow(path) {
      trees.delete(path)
      for (const known of files.paths()) {
        if (isWithin(known, path) && files.get(known)?.origin !== 'loaded') files.delete(known)
      }
    },
    close() {
      clearInterval(polling)
      for (const { watcher } of directories.values()) watcher?.close()
    },
  }

  function followTree(tree: string): void {
    trees.add(tree)
    walk(tree, (path) => files.add({ path, stamp: stampOf(path) }, 'below'))
  }

  /** A directory is noticed to be moved, replaced or back by an event in the one above it. */
  function watchWithParents(directory: string): void {
    for (let at = directory; !directories.has(at); at = dirname(at)) {
      const exists = watchOne(at)
      if (exists && (at === process.cwd() || !isWithin(at, process.cwd()))) return
    }
  }

  function watchOne(path: string): boolean {
    const inode = inodeOf(path)
    const isWatchable = inode !== undefined && poll === null
    const watcher = isWatchable ? watch(path, { recursive: false, delay: 0 }) : undefined
    directories.set(path, { watcher, inode })
    watcher?.on('change', (_type, name) => happened(String(name)))
    watcher?.on('error', (error: NodeJS.ErrnoException) => {
      // ENOSPC: the limit of inotify watches; EMFILE: of inotify instances or descriptors.
      if (inodeOf(path) !== undefined) fallBack(`${error.code ?? error.message} for ${path}`)
    })
    if (isWatchable && isRemote(path)) fallBack(`${path} is on a network or shared mount`)
    return inode !== undefined
  }

  function happened(path: string): void {
    if (files.has(path)) touched(path)
    if (directories.has(path)) lookAgain(path)
    else if (isNear?.(path) || [...trees].some((tree) => isWithin(path, tree))) appeared(path)
    // The event of a directory's own end carries its own name.
    const parent = dirname(path)
    if (basename(path) === basename(parent)) lookAgain(parent)
  }

  /** Replaced, gone, or back: its watch belongs to the old directory, and its files may differ. */
  function lookAgain(path: string): void {
    for (const [at, { watcher, inode }] of directories) {
      if (!isWithin(at, path) || inodeOf(at) === inode) continue
      watcher?.close()
      watchOne(at)
      for (const file of files.paths()) if (dirname(file) === at) touched(file)
    }
  }

  function appeared(path: string): void {
    if (isPassedOver(path) || files.has(path)) return
    if (isDirectory(path)) walk(path, touched)
    else touched(path)
  }

  function walk(directory: string, visit: (path: string) => void): void {
    watchWithParents(directory)
    for (const entry of entriesOf(directory)) {
      const path = join(directory, entry.name)
      if (isPassedOver(path)) continue
      if (entry.isDirectory()) walk(path, visit)
      else visit(path)
    }
  }

  function fallBack(why: string): void {
    if (polling !== undefined) return
    startPolling(POLL)
    pollingBecause(why)
  }

  function startPolling(interval: number): void {
    const seen = new Map<string, string>()
    polling = setInterval(() => {
      for (const tree of trees) walk(tree, appeared)
      for (const path of files.paths()) {
        const stamp = stampOf(path)
        if (stamp !== (seen.get(path) ?? files.get(path)?.stamp)) touched(path)
        seen.set(path, stamp)
      }
    }, interval)
  }
}

const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)

/** What editors and tools put beside a file while they write it, and what is never a program's data. */
const isPassedOver = (path: string): boolean =>
  /^\.git$|^node_modules$|~$|^\.#|^#.*#$|\.sw[a-z]$|^4913$|___jb_\w+___$/.test(basename(path))

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return [] // removed in the meantime, or no permission
  }
}

const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() ?? false
const inodeOf = (path: string): number | undefined => statOf(path)?.ino

/**
 * File systems whose changes may be made elsewhere, which the kernel then does not tell: NFS, SMB,
 * CIFS, 9p (WSL, containers on a desktop), FUSE, VirtualBox and Parallels folders (statfs(2)).
 */
const REMOTE = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x786f4256, 0x7c7c6673,
])
const isRemote = (path: string): boolean => REMOTE.has(statfsSync(path).type)
