/** What the watcher of files is given, and what it offers: see watcher.ts. */
import type { Origin, Snapshot } from '../files/interface.ts'
import type { WatchDirectory } from './node-watch.ts'
import type { TreeFilter, Visit } from './walk.ts'

export interface WatcherOptions {
  readonly files: Snapshot
  /** How often to look at everything, ms; null: when the system reports an event. */
  readonly poll: number | null
  /** A file that may have changed. */
  readonly onTouched: (path: string) => void
  /** No events can be had of what this names. */
  readonly onPolling: (why: string) => void
  /** Whether a file counts although it is not known. */
  readonly isNear?: (path: string) => boolean
  /** What counts below named directories. */
  readonly filter?: TreeFilter
  readonly watch?: WatchDirectory
  /** How long after a watch began events may still be missing, ms. */
  readonly armingTime?: number
}

export interface Watcher {
  /**
   * Watches a file, or a directory with everything below it if it was named. Each file below is
   * visited when its directory is watched: a later change of it is an event.
   */
  readonly follow: (path: string, origin: Origin, visit?: (file: string) => void) => void
  /** Visits what is in a named directory. By default files that are not known are taken as touched. */
  readonly lookBelow: (path: string, visit?: Visit) => void
  /** Looks at once wherever something has happened. */
  readonly lookAtPending: () => void
  /** Watches a file of a tree by itself if its directory gets no events of it. */
  readonly examine: (path: string) => void
  readonly unfollow: (path: string) => void
  /** Gives up the directories below named ones that are gone, or that the filter does not enter any more. */
  readonly narrow: () => void
  readonly isWatched: (path: string) => boolean
  /** From now on nothing is watched, whatever is followed. */
  readonly close: () => void
}
