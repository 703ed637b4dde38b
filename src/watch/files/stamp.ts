/** The state of a file, without reading it. */
import { type Stats, statSync } from 'node:fs'
import type { StampedFile } from '../../protocol/change.ts'
import { fsPath } from './fs-path.ts'

/** What stands at a path. */
export type Standing =
  /** Nothing, or something other than a file; also a loop of links. */
  | { readonly is: 'absent' }
  /** The system does not say: no permission, no descriptor, a device that fails. */
  | { readonly is: 'unreachable' }
  | { readonly is: 'file'; readonly stamp: string; readonly size: number }

const ABSENT: Standing = { is: 'absent' }
const UNREACHABLE: Standing = { is: 'unreachable' }

export function standingOf(path: string): Standing {
  try {
    const stat = statSync(fsPath(path), { throwIfNoEntry: false })
    return stat?.isFile() ? { is: 'file', stamp: stampFrom(stat), size: stat.size } : ABSENT
  } catch (error) {
    return isAbsence(error) ? ABSENT : UNREACHABLE
  }
}

/**
 * What tells one state of a file from another without reading it: time, size, inode and change
 * time. Compared for "different", never for "newer": a file put back by `mv` or `tar` is older.
 * The change time cannot be set back. Empty when there is no such file, or it is something else.
 */
export function stampOf(path: string): string {
  const standing = standingOf(path)
  return standing.is === 'file' ? standing.stamp : ''
}

const stampFrom = ({ mtimeMs, ctimeMs, size, ino }: Stats): string => `${mtimeMs} ${ctimeMs} ${size} ${ino}`

/** The size in bytes that a stamp tells. */
export const sizeIn = (stamp: string): number => Number(stamp.split(' ')[2] ?? 0)

/** The time of the last change that a stamp tells, ms since 1970; 0 if there was no file. */
export const changedIn = (stamp: string): number => Number(stamp.split(' ')[1] ?? 0)

/** A file as it is now. */
export const stamped = (path: string): StampedFile => ({ path, stamp: stampOf(path) })

/** Longer than the steps of a file system's clock, ms; and of one that knows whole seconds only (FAT: two). */
const CLOCK_STEP = 50
const COARSE_STEP = 2100

/**
 * Whether a file was changed shortly before this moment (ms since 1970): the next change may then
 * leave the stamp as it is, if the size stays the same and the file system's clock has not moved on.
 */
export function isFresh(stamp: string, moment: number = Date.now()): boolean {
  const [modified, changed] = stamp.split(' ').map(Number)
  if (modified === undefined || changed === undefined) return false
  const step = modified % 1000 === 0 && changed % 1000 === 0 ? COARSE_STEP : CLOCK_STEP
  return moment - changed < step
}

/** Undefined for what is not there, and for what cannot be reached: no permission, too many links. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(fsPath(path), { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Whether an error says that nothing is there. */
export const isAbsence = (error: unknown): boolean =>
  ABSENCES.has((error as NodeJS.ErrnoException).code ?? '')
const ABSENCES = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])
