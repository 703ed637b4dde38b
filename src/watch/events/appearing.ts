/** Finds new files in directories where more than the known files count. */
import { dirname } from 'node:path'
import { isDirectory } from '../files/paths.ts'
import { entriesOf, type TreeFilter, type Visit, walk } from './walk.ts'
import type { WatchedRoots } from './watched-roots.ts'

export interface Appearing {
  /** Looks for new files in one directory. */
  readonly lookIn: (directory: string) => void
  /** Visits everything below a directory; by default reports the files that are not known. */
  readonly lookBelow: (directory: string, visit?: Visit) => void
}

interface Options {
  readonly roots: WatchedRoots
  readonly filter: TreeFilter
  /** Whether a file counts even though it is not below a root. */
  readonly isNear: ((path: string) => boolean) | undefined
  readonly isKnown: (file: string) => boolean
  readonly isKept: (directory: string) => boolean
  /** Watches a directory. */
  readonly keep: (directory: string) => void
  readonly onFile: (file: string) => void
}

export function findAppearing({ roots, filter, isNear, isKnown, isKept, keep, onFile }: Options): Appearing {
  return {
    lookIn(directory) {
      // A root that has been created, or has come back.
      for (const root of roots.paths())
        if (dirname(root) === directory && !isKept(root)) lookBelow(root, appeared)
      if (roots.hold(directory)) {
        for (const { path, isDirectory } of entriesOf(directory, filter)) {
          if (!isDirectory) appeared(path)
          else if (!isKept(path) && filter.enters(path)) lookBelow(path, appeared)
        }
      } else if (isNear !== undefined) {
        for (const { path, isDirectory } of entriesOf(directory, {}))
          if (!isDirectory && !isKnown(path) && isNear(path)) onFile(path)
      }
    },
    lookBelow,
  }

  function lookBelow(directory: string, visit: Visit = appeared): void {
    if (isDirectory(directory)) walk(directory, keep, visit, filter)
  }

  function appeared(file: string): void {
    if (!isKnown(file) && filter.passes(file)) onFile(file)
  }
}
