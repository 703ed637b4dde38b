/** Maps directories to the paths that lead through them by symbolic links. */
import { type Places, placesOf } from '../files/places.ts'

export interface Dependents {
  /** Records where a path leads now. */
  readonly set: (path: string) => Places
  readonly has: (path: string) => boolean
  readonly delete: (path: string) => void
  /** Returns the paths that an event in this directory may have changed. */
  readonly of: (directory: string) => string[]
}

export function createDependents(): Dependents {
  const places = new Map<string, Places>()
  const byDirectory = new Map<string, Set<string>>()

  return {
    set(path) {
      const now = placesOf(path)
      remove(path)
      if (!now.hasLinks) return now
      places.set(path, now)
      for (const directory of now.directories)
        byDirectory.set(directory, (byDirectory.get(directory) ?? new Set()).add(path))
      return now
    },
    has: (path) => places.has(path),
    delete: remove,
    of: (directory) => [...(byDirectory.get(directory) ?? [])],
  }

  function remove(path: string): void {
    for (const directory of places.get(path)?.directories ?? []) byDirectory.get(directory)?.delete(path)
    places.delete(path)
  }
}
