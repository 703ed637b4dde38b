/** Tests on paths, and on what is at a path now. */
import { lstatSync, type Stats } from 'node:fs'
import { dirname, sep } from 'node:path'
import { currentDirectory } from '../../system/current-directory.ts'
import { fsPath } from './fs-path.ts'
import { statOf } from './stamp.ts'

export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)

/** Whether a path, or a URL, is that of a file in an installed package. */
export const isInPackage = (place: string): boolean => /[\\/]node_modules[\\/]/.test(place)

/** Windows has one root for each drive, and for each share. */
export const isRoot = (path: string): boolean => dirname(path) === path

export const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() ?? false

/** Returns what is at a path itself, be it a link. Undefined if there is nothing, or it cannot be reached. */
export function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(fsPath(path), { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/**
 * Returns a string that tells a directory from one created in its place, even with the same inode.
 * Undefined if there is no directory.
 */
export function identityOf(directory: string): string | undefined {
  const stat = statOf(directory)
  return stat?.isDirectory() ? `${stat.dev} ${stat.ino} ${stat.birthtimeMs}` : undefined
}

/** Where the program was started: it may change its working directory, and delete this one. */
export const START: string = currentDirectory() ?? sep // already deleted
