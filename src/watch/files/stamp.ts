import { type Stats, statSync } from 'node:fs'
import type { StampedFile } from '../../protocol/change.ts'

/**
 * What tells one state of a file from another without reading it: time, size, inode and change
 * time. Compared for "different", never for "newer": a file put back by `mv` or `tar` is older.
 * The change time cannot be set back. Empty when there is no such file, or it is something else.
 */
export function stampOf(path: string): string {
  const stat = statOf(path)
  return !stat?.isFile() ? '' : `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}`
}

/** A file as it is now. */
export const stamped = (path: string): StampedFile => ({ path, stamp: stampOf(path) })

/** Longer than the steps of a file system's clock, ms. */
const CLOCK_STEP = 50

/**
 * Whether a file was changed a moment ago: the next change may then leave the stamp as it is, if
 * the size stays the same and the file system's clock has not moved on.
 */
export const isFresh = (stamp: string): boolean => Date.now() - Number(stamp.split(' ')[1]) < CLOCK_STEP

/** Undefined for what is not there, and for what cannot be reached: no permission, too many links. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
