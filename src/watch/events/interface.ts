/** The interface of the file watcher: see watcher.ts. */
import type { Origin, Snapshot } from '../files/interface.ts'
import type { WatchDirectory } from './node-watch.ts'
import type { TreeFilter, Visit } from './walk.ts'

export interface WatcherOptions {
  readonly files: Snapshot
  /** Poll interval, in ms. False: check on the system's events. */
  readonly poll: number | false
  /** A file may have changed. */
  readonly onTouched: (path: string) => void
  /** There are no events for the path or mount that `why` names. */
  readonly onPolling: (why: string) => void
  /** Whether a file counts even though it is not known. */
  readonly isNear?: (path: string) => boolean
  /** Which files count below named directories. */
  readonly filter?: TreeFilter
  readonly watch?: WatchDirectory
  /** How long after the start and the end of any watch events may be missing, in ms. */
  readonly armingTime?: number
}

export interface Watcher {
  /**
   * Watches a file, or a named directory with everything below it. Each file below is visited once its
   * directory is watched: any later change is an event.
   */
  readonly follow: (path: string, origin: Origin, visit?: (file: string) => void) => void
  /** Visits the files below a named directory. By default unknown files count as touched. */
  readonly lookBelow: (path: string, visit?: Visit) => void
  /** Checks every directory with pending events immediately. */
  readonly lookAtPending: () => void
  /** Watches a file of a tree by itself if its directory gets no events for it. */
  readonly examine: (path: string) => void
  readonly unfollow: (path: string) => void
  /** Stops watching directories below named ones that are gone, or that the filter no longer enters. */
  readonly narrow: () => void
  readonly isWatched: (path: string) => boolean
  /** Stops for good: later calls of `follow` do nothing. */
  readonly close: () => void
}
