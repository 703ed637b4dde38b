/** Stamps: the state of a file without reading it. */
import { type Stats, statSync } from 'node:fs'
import type { StampedFile } from '../../protocol/change.ts'
import { fsPath } from './fs-path.ts'

/** What is at a path. */
export type Standing =
  /** Nothing, something other than a file, or a loop of links. */
  | { readonly is: 'absent' }
  /** Unknown: no permission, no free descriptor, a failing device. */
  | { readonly is: 'unreachable' }
  | { readonly is: 'file'; readonly stamp: string; readonly size: number }

const ABSENT: Standing = { is: 'absent' }
const UNREACHABLE: Standing = { is: 'unreachable' }

/** Returns what is at a path now. */
export function standingOf(path: string): Standing {
  try {
    const stat = statSync(fsPath(path), { throwIfNoEntry: false })
    return stat?.isFile() ? { is: 'file', stamp: stampFrom(stat), size: stat.size } : ABSENT
  } catch (error) {
    return isAbsence(error) ? ABSENT : UNREACHABLE
  }
}

/**
 * Returns what tells one state of a file from another without reading it: mtime, ctime, size and inode.
 * Compared for "different", never for "newer": a file restored by `mv` or `tar` is older. The ctime
 * cannot be set back. Empty if there is no file at this path.
 */
export function stampOf(path: string): string {
  const standing = standingOf(path)
  return standing.is === 'file' ? standing.stamp : ''
}

const stampFrom = ({ mtimeMs, ctimeMs, size, ino }: Stats): string => `${mtimeMs} ${ctimeMs} ${size} ${ino}`

/** Returns the size that a stamp holds, in bytes. */
export const sizeIn = (stamp: string): number => Number(stamp.split(' ')[2] ?? 0)

/** Returns the change time that a stamp holds, in ms since 1970; 0 if there was no file. */
export const changedIn = (stamp: string): number => Number(stamp.split(' ')[1] ?? 0)

/** Returns a file with its current stamp. */
export const stamped = (path: string): StampedFile => ({ path, stamp: stampOf(path) })

/** Longer than one tick of a file system's clock, in ms; `COARSE`: of one that keeps whole seconds (FAT: two). */
const CLOCK_STEP = 50
const COARSE_STEP = 2100

/**
 * Whether a file was changed shortly before this moment (in ms since 1970): then another change may
 * leave the stamp the same, if the size stays the same and the file system's clock has not ticked.
 */
export function isFresh(stamp: string, moment: number = Date.now()): boolean {
  const [modified, changed] = stamp.split(' ').map(Number)
  if (modified === undefined || changed === undefined) return false
  const step = modified % 1000 === 0 && changed % 1000 === 0 ? COARSE_STEP : CLOCK_STEP
  return moment - changed < step
}

/** Undefined if there is nothing at the path, or it cannot be reached: no permission, too many links. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(fsPath(path), { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Whether an error means that there is nothing at the path. */
export const isAbsence = (error: unknown): boolean =>
  ABSENCES.has((error as NodeJS.ErrnoException).code ?? '')
const ABSENCES = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])
