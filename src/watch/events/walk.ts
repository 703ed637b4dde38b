/** What counts below a directory that was named. */
import { type Dirent, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
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

/** Visits a directory and all below it, each before its files. Links to directories are not entered. */
export function walk(
  directory: string,
  enter: (directory: string) => void,
  visit: (file: string) => void,
  filter: TreeFilter = EVERYTHING,
): void {
  enter(directory)
  for (const entry of entriesOf(directory, filter)) {
    const path = join(directory, entry.name)
    if (!entry.isDirectory()) {
      if (filter.passes(path)) visit(path)
    } else if (filter.enters(path)) walk(path, enter, visit, filter)
  }
}

/** No permission; EPERM is what macOS says of the folders that it protects. */
export const isDenied = ({ code }: NodeJS.ErrnoException): boolean => code === 'EACCES' || code === 'EPERM'

function entriesOf(directory: string, { denied }: TreeFilter): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    if (isDenied(error as NodeJS.ErrnoException)) denied?.(directory)
    return [] // else removed in the meantime, or a file
  }
}
