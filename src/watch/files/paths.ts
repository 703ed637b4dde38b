/** Questions about paths, and about what stands there now. */
import { lstatSync } from 'node:fs'
import { parse, sep } from 'node:path'
import { fsPath } from './fs-path.ts'
import { statOf } from './stamp.ts'

export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)

export const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() ?? false
export const isLink = (path: string): boolean =>
  lstatSync(fsPath(path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false

/**
 * Tells a directory from another one that is put in its place, also from one that gets the same inode;
 * undefined where there is none.
 */
export function identityOf(directory: string): string | undefined {
  const stat = statOf(directory)
  return stat?.isDirectory() ? `${stat.dev} ${stat.ino} ${stat.birthtimeMs}` : undefined
}

/** Where the program was started: it may change its directory, and remove that one. */
export const START: string = startDirectory()
export const ROOT: string = parse(START).root

function startDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return sep // removed already
  }
}
