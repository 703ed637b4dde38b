/** What is known of watched files, and how it is asked: see snapshot.ts. */
import type { Change, StampedFile } from '../../protocol/change.ts'
import type { Aspect } from './aspects.ts'
import type { LargeDigests } from './content.ts'
import type { FileState } from './file-state.ts'

/** Why a file is watched: the app loaded it, it decided where another one was found, the app named it, named a directory above it, or missed it; a standby holds it. */
export type Origin = 'loaded' | 'deciding' | 'named' | 'below' | 'missing' | 'held'

export interface KnownFile {
  readonly state: FileState
  /** What of it counts. */
  readonly aspect: Aspect
  readonly isLoaded: boolean
  /** How often it has been named, and not been taken back. */
  readonly named: number
  /** Whether a fault that the parser finds is the file's, and not a language it does not know. */
  readonly checkable: boolean
}

/** How a file differs from what was loaded; `bytes` is what is on disk now, or its digest if it is large. */
export type Difference =
  | 'none'
  /** It cannot be read now, or is still being read. */
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
  /** Remembers a file; false if it has changed since it was stamped. The first state of it counts. */
  readonly add: (file: StampedFile, origin: Origin) => boolean
  /** Takes a name back, once. */
  readonly unname: (path: string) => void
  readonly has: (path: string) => boolean
  readonly get: (path: string) => KnownFile | undefined
  readonly paths: () => IterableIterator<string>
  /** Those of one directory, by their paths. */
  readonly in: (directory: string) => string[]
  readonly delete: (path: string) => void
  /** Whether a file may have changed since the last look at it: it has another stamp, or one too young to trust. */
  readonly mayHaveChanged: (path: string) => boolean
  /** Compares the content with what was loaded. */
  readonly compare: (path: string) => Difference
}

/** What a snapshot that moves with the files needs beside that: see tree-snapshot.ts. */
export interface MovingSnapshot extends Snapshot {
  readonly put: (path: string, file: KnownFile) => void
  /** The state in which the last comparison found a file, if it differed. */
  readonly found: (path: string) => FileState | undefined
  readonly digests: LargeDigests
}
