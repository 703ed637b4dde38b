/** The interface of a snapshot, the known state of all watched files: see snapshot.ts. */
import type { Change, StampedFile } from '../../protocol/change.ts'
import type { Aspect } from './aspects.ts'
import type { LargeDigests } from './content.ts'
import type { FileState } from './file-state.ts'

/**
 * Why a file is watched: the app loaded it, named it or its directory, or missed it; it decided where a
 * module was found; a standby read it; a loader read it.
 */
export type Origin = 'loaded' | 'deciding' | 'named' | 'below' | 'missing' | 'held' | 'read'

export interface KnownFile {
  readonly state: FileState
  /** The part of it that counts. */
  readonly aspect: Aspect
  readonly isLoaded: boolean
  /** How often it was named, less the times that was undone. */
  readonly named: number
  /** Whether a syntax error means a broken file, and not a language that the parser does not know. */
  readonly checkable: boolean
}

/** How a file differs from what was loaded; `bytes` is the content on disk, or its digest if it is large. */
export type Difference =
  | 'none'
  /** The file cannot be read now, or is still being read. */
  | 'later'
  | {
      readonly type: Change['type']
      readonly bytes: Buffer
      readonly checkable: boolean
      /** In bytes; 0 if there was no file. */
      readonly sizeBefore: number
    }

/** A file that differs. */
export type ChangedFile = Exclude<Difference, string> & { readonly path: string }

export interface Snapshot {
  /** Records a file; returns false if it has changed since it was stamped. Its first state counts. */
  readonly add: (file: StampedFile, origin: Origin) => boolean
  /** Undoes naming a path once. */
  readonly unname: (path: string) => void
  readonly has: (path: string) => boolean
  readonly get: (path: string) => KnownFile | undefined
  readonly paths: () => IterableIterator<string>
  /** Returns the paths of the known files in one directory. */
  readonly in: (directory: string) => string[]
  readonly delete: (path: string) => void
  /** Whether a file may have changed since the last call: its stamp differs, or is too young to trust. */
  readonly mayHaveChanged: (path: string) => boolean
  /** Compares the content with what was loaded. */
  readonly compare: (path: string) => Difference
}

/** A snapshot that can be moved forward to newer states: see tree-snapshot.ts. */
export interface MovingSnapshot extends Snapshot {
  readonly put: (path: string, file: KnownFile) => void
  /** Returns the state that the last comparison found. Undefined if the file did not differ. */
  readonly found: (path: string) => FileState | undefined
  readonly digests: LargeDigests
}
