/** What is known of a file. */
import { isFresh } from './stamp.ts'

export type FileState =
  | { readonly is: 'absent' }
  /** It is as it was stamped, and has not been read yet. */
  | { readonly is: 'unread'; readonly stamp: string }
  /** It changed before it could be read: nobody can say what it was. */
  | { readonly is: 'unstable'; readonly stamp: string }
  | {
      readonly is: 'known'
      readonly stamp: string
      readonly digest: string
      /** It was read shortly after a change: another one may have left the stamp as it is. */
      readonly isYoung: boolean
    }

export const ABSENT: FileState = { is: 'absent' }

/** Empty for a file that was not there. */
export const stampIn = (state: FileState): string => (state.is === 'absent' ? '' : state.stamp)

/** A file that has just been read. */
export const knownState = (stamp: string, digest: string): FileState & { is: 'known' } => ({
  is: 'known',
  stamp,
  digest,
  isYoung: isFresh(stamp),
})
