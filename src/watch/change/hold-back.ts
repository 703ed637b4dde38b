/** What speaks against deciding yet: a file that may come back, or still grows, and git or an installer at work. */
import { dirname, sep } from 'node:path'
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import type { ChangedFile } from '../files/interface.ts'
import { statOf } from '../files/stamp.ts'
import { gitIsWriting } from './git-lock.ts'

/** A deleted or emptied file has this time to come back, ms: editors and git put it back. */
export const RETURN_TIME = 1000
/** How often, and for how long, an index.lock of git is waited for, ms: one may be left over from a crash. */
const GIT_POLL = 20
export const GIT_LIMIT = 5000
/**
 * Data has no parser that tells whether it is complete: a large file, in bytes, or one that was large
 * before, must have been left alone for so long, ms; but it is not waited for without end.
 */
const LARGE = 256 * 1024
const GROWTH_TIME = 500
const GROWTH_LIMIT = 10_000
/** Of more files at once none is a single one that grows. */
const MOST_FILES = 100
/** A package is installed when none of its files is younger than this, ms. */
const INSTALL_TIME = 1000

/** Returns the time, ms, after which these are to be looked at again; undefined: they are as they will stay. */
export type HoldBack = (found: readonly ChangedFile[]) => number | undefined

/** How the disk is asked; tests answer themselves. */
export interface Disk {
  readonly gitIsWriting: (path: string) => boolean
  /** The size in bytes, and how long ago the last change was, ms. */
  readonly ageOf: (path: string) => { readonly size: number; readonly age: number } | undefined
}

export function createHoldBack(clock: Clock = SYSTEM_CLOCK, disk: Disk = REAL_DISK): HoldBack {
  /** Since when a file has been missing or empty. */
  const goneSince = new Map<string, number>()
  let gitSince: number | undefined
  let growingSince: number | undefined

  return (found) => timeToReturn(found) ?? timeForGit(found) ?? timeToGrow(found)

  function timeToReturn(found: readonly ChangedFile[]): number | undefined {
    const gone = new Set(found.filter(({ bytes }) => bytes.length === 0).map(({ path }) => path))
    for (const path of goneSince.keys()) if (!gone.has(path)) goneSince.delete(path)
    const now = clock.now()
    let wait = 0
    for (const path of gone) {
      const since = goneSince.get(path) ?? now
      goneSince.set(path, since)
      wait = Math.max(wait, since + RETURN_TIME - now)
    }
    return wait > 0 ? wait : undefined
  }

  /** git holds a lock while it writes: a checkout of any length is one change. */
  function timeForGit(found: readonly ChangedFile[]): number | undefined {
    const now = clock.now()
    const directories = new Map(found.map(({ path }) => [dirname(path), path]))
    if ([...directories.values()].some(disk.gitIsWriting)) {
      gitSince ??= now
      return now - gitSince < GIT_LIMIT ? GIT_POLL : undefined
    }
    const wasWriting = gitSince !== undefined && now - gitSince < GIT_LIMIT
    gitSince = undefined
    return wasWriting ? GIT_POLL : undefined // the events of its last files are on the way
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
    const isPackage = type === 'added' && path.includes(`${sep}node_modules${sep}`)
    if ((checkable && !isPackage) || type === 'deleted') return 0
    const { size, age } = disk.ageOf(path) ?? { size: 0, age: 0 }
    // The directory is younger while packages are put into it.
    if (isPackage) return INSTALL_TIME - Math.min(age, disk.ageOf(nodeModulesOf(path))?.age ?? age)
    return Math.max(size, sizeBefore) > LARGE ? GROWTH_TIME - age : 0
  }
}

const nodeModulesOf = (path: string): string =>
  path.slice(0, path.lastIndexOf(`${sep}node_modules${sep}`) + 'node_modules'.length + 1)

const REAL_DISK: Disk = {
  gitIsWriting,
  ageOf(path) {
    const stat = statOf(path)
    return stat && { size: stat.size, age: Date.now() - stat.ctimeMs }
  },
}
