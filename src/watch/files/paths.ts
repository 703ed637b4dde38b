/** Questions about paths, and about what stands there now. */
import { lstatSync } from 'node:fs'
import { parse, sep } from 'node:path'
import { statOf } from './stamp.ts'

export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)

export const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() ?? false
export const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
export const inodeOf = (path: string): number | undefined => statOf(path)?.ino

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
