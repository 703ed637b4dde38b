/** Named directories, with a count of how often each was named: new files below them count. */
import { isWithin } from '../files/paths.ts'

export interface WatchedRoots {
  /** The path need not exist yet, and may become a directory later. */
  readonly add: (path: string) => void
  /** Undoes one `add`. */
  readonly remove: (path: string) => void
  readonly clear: () => void
  readonly has: (path: string) => boolean
  readonly paths: () => string[]
  /** Whether a path is a root or below one. */
  readonly hold: (path: string) => boolean
}

export function watchedRoots(): WatchedRoots {
  const counts = new Map<string, number>()
  return {
    add: (path) => void counts.set(path, (counts.get(path) ?? 0) + 1),
    remove(path) {
      const left = (counts.get(path) ?? 0) - 1
      if (left > 0) counts.set(path, left)
      else counts.delete(path)
    },
    clear: () => counts.clear(),
    has: (path) => counts.has(path),
    paths: () => [...counts.keys()],
    hold: (path) => [...counts.keys()].some((tree) => isWithin(path, tree)),
  }
}
