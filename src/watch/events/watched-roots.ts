/** Directories that were named, and how often: whatever appears below them counts. */
import { isWithin } from '../files/paths.ts'

export interface WatchedRoots {
  /** What is named may be there later, and be a directory then. */
  readonly add: (path: string) => void
  /** Takes a name back, once. */
  readonly remove: (path: string) => void
  readonly clear: () => void
  readonly has: (path: string) => boolean
  readonly paths: () => string[]
  /** Whether a path is one of them, or below one. */
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
