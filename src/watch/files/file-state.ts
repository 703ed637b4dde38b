/** What is known about one state of a file. */
import { isFresh } from './stamp.ts'

export type FileState =
  | { readonly is: 'absent' }
  /** Stamped, but not read yet. */
  | { readonly is: 'unread'; readonly stamp: string }
  /** Changed before it could be read: its earlier content is unknown. */
  | { readonly is: 'unstable'; readonly stamp: string }
  | {
      readonly is: 'known'
      readonly stamp: string
      readonly digest: string
      /** Read so soon after a change that another change may have left the stamp the same. */
      readonly isYoung: boolean
    }

export const ABSENT: FileState = { is: 'absent' }

/** Returns the stamp. Empty if there was no file. */
export const stampIn = (state: FileState): string => (state.is === 'absent' ? '' : state.stamp)

/** Returns the state of a file that has just been read. */
export const knownState = (stamp: string, digest: string): FileState & { is: 'known' } => ({
  is: 'known',
  stamp,
  digest,
  isYoung: isFresh(stamp),
})
