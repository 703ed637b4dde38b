/** Walks the files that count below a named directory. */
import { type Dirent, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fsPath, nameOf } from '../files/fs-path.ts'
import { isPassedOver } from '../filter/default-ignores.ts'

/** Decides which directories a walk enters and which files it visits; also applied to later events. */
export interface TreeFilter {
  readonly enters: (directory: string) => boolean
  readonly passes: (file: string) => boolean
  /** Called for a directory without read permission; by default it counts as empty. */
  readonly denied?: (directory: string) => void
}

/** Everything except the files that editors and tools leave behind. */
export const EVERYTHING: TreeFilter = {
  enters: (directory) => !isPassedOver(basename(directory)),
  passes: (file) => !isPassedOver(basename(file)),
}

export type Visit = (file: string, isLink: boolean) => void

/** Enters a directory and all below it, each before its files are visited. Links are not entered. */
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

/** Whether permission was denied; macOS reports EPERM for folders that it protects. */
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
    return [] // or removed in the meantime, or a file
  }
}

function entriesIn(directory: string): Entry[] {
  const target = fsPath(directory)
  const entries: Dirent<string | Buffer>[] = readdirSync(target, { withFileTypes: true })
  // Names that are not UTF-8 are read again, as bytes.
  const isReadable = entries.every(({ name }) => !name.includes('\uFFFD'))
  const readable = isReadable ? entries : readdirSync(target, { withFileTypes: true, encoding: 'buffer' })
  return readable.map((entry) => ({
    path: join(directory, typeof entry.name === 'string' ? entry.name : nameOf(entry.name)),
    isDirectory: entry.isDirectory(),
    isLink: entry.isSymbolicLink(),
  }))
}
