/** Delays a decision while files may be half written: deleted to be replaced, just created, growing, or by git or npm. */
import { dirname, sep } from 'node:path'
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import type { ChangedFile } from '../files/interface.ts'
import { isInPackage } from '../files/paths.ts'
import { statOf } from '../files/stamp.ts'
import { gitIsWriting } from './git-lock.ts'

/**
 * Time for a deleted or emptied file to be written again, in ms: editors and git replace files that way. One that is
 * touched again and again, and stays empty, is waited for no longer than RETURN_LIMIT.
 */
export const RETURN_TIME = 1000
export const RETURN_LIMIT = 5000
/**
 * A new file must have existed for this time, in ms, since it is often temporary: what an editor
 * or a tool writes before renaming it. A continuous stream of new files is waited for no longer than STAY_LIMIT.
 */
export const STAY = 100
export const STAY_LIMIT = 2000
/** Poll interval and limit for git's index.lock, in ms: a crash may have left one behind. */
const GIT_POLL = 20
export const GIT_LIMIT = 5000
/**
 * No parser can tell whether data is complete. So a file that is, or was, larger than this many bytes must have
 * been unchanged for this time, in ms, but is waited for no longer than GROWTH_LIMIT. The smaller one may be
 * the first piece of a large one.
 */
const GROWTH: readonly (readonly [bytes: number, ms: number])[] = [
  [256 * 1024, 500],
  [32 * 1024, 150],
]
const GROWTH_LIMIT = 10_000
/** With more files than this at once, none is checked for growth: it is not one file being written. */
const MOST_FILES = 100
/** A package counts as installed when all its files have been as they are for this time, in ms. */
const INSTALL_TIME = 1000

/** Returns the time after which to check these files again, in ms. Undefined if that is not needed. */
export type HoldBack = (found: readonly ChangedFile[]) => number | undefined

/** Access to the disk, replaced in tests. */
export interface Disk {
  readonly gitIsWriting: (path: string) => boolean
  /** Returns the size in bytes, and when it was changed, by the clock of its file system. */
  readonly stateOf: (path: string) => State | undefined
}

interface State {
  readonly size: number
  readonly changed: number
}

export function createHoldBack(clock: Clock = SYSTEM_CLOCK, disk: Disk = REAL_DISK): HoldBack {
  /** The time since which a new file has existed. */
  const newSince = new Map<string, number>()
  let goneSince: number | undefined
  let stayingSince: number | undefined
  let gitSince: number | undefined
  let growingSince: number | undefined
  /** Files and directories as they were at the last check, and at this one. */
  let before = new Map<string, Seen>()
  let seen = new Map<string, Seen>()

  return (found) => {
    before = seen
    seen = new Map()
    return timeToReturn(found) ?? timeToStay(found) ?? timeForGit(found) ?? timeToGrow(found)
  }

  function timeToReturn(found: readonly ChangedFile[]): number | undefined {
    const gone = found.filter(({ bytes }) => bytes.length === 0)
    const wait = Math.max(0, ...gone.map(({ path }) => RETURN_TIME - observed(path).age))
    if (wait === 0) {
      goneSince = undefined
      return undefined
    }
    goneSince ??= clock.now()
    return clock.now() - goneSince < RETURN_LIMIT ? wait : undefined
  }

  function timeToStay(found: readonly ChangedFile[]): number | undefined {
    const added = found.filter(({ type }) => type === 'added')
    const wait = timeLeft(added)
    const now = clock.now()
    stayingSince ??= now
    if (wait > 0 && now - stayingSince < STAY_LIMIT) return wait
    stayingSince = undefined
    return undefined
  }

  /** Returns the time until each of these files has existed for STAY, in ms. */
  function timeLeft(files: readonly ChangedFile[]): number {
    const paths = new Set(files.map(({ path }) => path))
    for (const path of newSince.keys()) if (!paths.has(path)) newSince.delete(path)
    const now = clock.now()
    for (const path of paths) if (!newSince.has(path)) newSince.set(path, now)
    return Math.max(0, ...[...newSince.values()].map((at) => at + STAY - now))
  }

  /** Git holds a lock while it writes: a checkout of any length is one change. */
  function timeForGit(found: readonly ChangedFile[]): number | undefined {
    const now = clock.now()
    const directories = new Map(found.map(({ path }) => [dirname(path), path]))
    if ([...directories.values()].some(disk.gitIsWriting)) {
      gitSince ??= now
      return now - gitSince < GIT_LIMIT ? GIT_POLL : undefined
    }
    const wasWriting = gitSince !== undefined && now - gitSince < GIT_LIMIT
    gitSince = undefined
    return wasWriting ? GIT_POLL : undefined // the last files' events are still on their way
  }

  function timeToGrow(found: readonly ChangedFile[]): number | undefined {
    const now = clock.now()
    const waits = found.length > MOST_FILES ? [] : found.map(timeOf).filter((wait) => wait > 0)
    if (waits.length === 0) {
      growingSince = undefined
      return undefined
    }
    growingSince ??= now
    return now - growingSince < GROWTH_LIMIT ? Math.max(...waits) : undefined
  }

  function timeOf({ path, checkable, type, sizeBefore }: ChangedFile): number {
    const isPackage = type === 'added' && isInPackage(path)
    if ((checkable && !isPackage) || type === 'deleted') return 0
    const { size, age } = observed(path)
    // While packages are being installed, the directory is younger than they are.
    if (isPackage) return INSTALL_TIME - Math.min(age, observed(nodeModulesOf(path)).age)
    const [, time] = GROWTH.find(([bytes]) => Math.max(size, sizeBefore) > bytes) ?? [0, 0]
    return time - age
  }

  /**
   * How long a file has been as it is, in ms, since it was first seen so: the clock of its file system may be that
   * of another machine, and ours is set back now and then.
   */
  function observed(path: string): { readonly size: number; readonly age: number } {
    const { size, changed } = disk.stateOf(path) ?? ABSENT
    const now = clock.now()
    const last = before.get(path)
    const since = last?.size === size && last.changed === changed ? last.since : now
    seen.set(path, { size, changed, since })
    return { size, age: now - since }
  }
}

interface Seen extends State {
  readonly since: number
}

const ABSENT: State = { size: 0, changed: 0 }

const nodeModulesOf = (path: string): string =>
  path.slice(0, path.lastIndexOf(`${sep}node_modules${sep}`) + 'node_modules'.length + 1)

const REAL_DISK: Disk = {
  gitIsWriting,
  stateOf(path) {
    const stat = statOf(path)
    return stat && { size: stat.size, changed: stat.ctimeMs }
  },
}
