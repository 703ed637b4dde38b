/** What counts below a directory that was named. */
import { type Dirent, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fsPath, nameOf } from '../files/fs-path.ts'
import { isPassedOver } from '../filter/default-ignores.ts'

/** What a walk goes by, and the events of what it has met. */
export interface TreeFilter {
  readonly enters: (directory: string) => boolean
  readonly passes: (file: string) => boolean
  /** Told of a directory that may not be read; without this it counts as empty. */
  readonly denied?: (directory: string) => void
}

/** All but what editors and tools leave behind. */
export const EVERYTHING: TreeFilter = {
  enters: (directory) => !isPassedOver(basename(directory)),
  passes: (file) => !isPassedOver(basename(file)),
}

export type Visit = (file: string, isLink: boolean) => void

/** Visits a directory and all below it, each before its files. Links to directories are not entered. */
export function walk(
  directory: string,
  enter: (directory: string) => void,
  visit: Visit,
  filter: TreeFilter = EVERYTHING,
): void {
  enter(directory)
  for (const { path, isDirectory, isLink } of entriesOf(directory, filter)) {
    if (!isDirectory) {
      if (filter.passes(path)) visit(path, isLink)
    } else if (filter.enters(path)) walk(path, enter, visit, filter)
  }
}

/** No permission; EPERM is what macOS says of the folders that it protects. */
export const isDenied = ({ code }: NodeJS.ErrnoException): boolean => code === 'EACCES' || code === 'EPERM'

export interface Entry {
  readonly path: string
  readonly isDirectory: boolean
  readonly isLink: boolean
}

export function entriesOf(directory: string, { denied }: Pick<TreeFilter, 'denied'>): Entry[] {
  try {
    return entriesIn(directory)
  } catch (error) {
    if (isDenied(error as NodeJS.ErrnoException)) denied?.(directory)
    return [] // else removed in the meantime, or a file
  }
}

function entriesIn(directory: string): Entry[] {
  const place = fsPath(directory)
  const entries: Dirent<string | Buffer>[] = readdirSync(place, { withFileTypes: true })
  // A name that is not UTF-8 is read once more, as bytes.
  const isReadable = entries.every(({ name }) => !name.includes('\uFFFD'))
  const all = isReadable ? entries : readdirSync(place, { withFileTypes: true, encoding: 'buffer' })
  return all.map((entry) => ({
    path: join(directory, typeof entry.name === 'string' ? entry.name : nameOf(entry.name)),
    isDirectory: entry.isDirectory(),
    isLink: entry.isSymbolicLink(),
  }))
}
