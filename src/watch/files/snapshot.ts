/** What is known of each watched file: the state it had when it was loaded. */
import type { Change, StampedFile } from '../../protocol/change.ts'
import { syntaxFault } from '../change/parse.ts'
import { bufferOf, contentOf, digestOf } from './content.ts'
import { isFresh, stampOf } from './stamp.ts'

/** Why a file is watched: the app loaded it, named it, or named a directory above it; a standby holds it. */
export type Origin = 'loaded' | 'named' | 'below' | 'held'

export interface KnownFile {
  /** The state that its digest is of. */
  readonly stamp: string
  /**
   * Digest of what was loaded; null: it changed before it could be read. Empty: there was no file.
   * Undefined: it has not been read yet.
   */
  readonly digest: string | null | undefined
  readonly isLoaded: boolean
  /** How often it has been named, and not been taken back. */
  readonly named: number
  /** Whether a fault that the parser finds is the file's, and not a language it does not know. */
  readonly checkable: boolean
}

/** How a file differs from what was loaded; `bytes` is what is on disk now. */
export type Difference =
  | 'none'
  | { readonly type: Change['type']; readonly bytes: Buffer; readonly checkable: boolean }

/** A file that differs. */
export type ChangedFile = Exclude<Difference, 'none'> & { readonly path: string }

export interface Snapshot {
  /** Remembers a file; false if it has changed since it was stamped. The first state of it counts. */
  readonly add: (file: StampedFile, origin: Origin) => boolean
  /** Remembers a file of a tree as it is now, to be read later; what is no file is passed over. */
  readonly note: (path: string) => void
  /** Those of them that have not been read. */
  readonly unread: () => IterableIterator<string>
  /** Reads one; false if it has changed since it was noted. */
  readonly read: (path: string) => boolean
  /** Takes what the last comparison found as the state that the next ones compare with. */
  readonly accept: (path: string) => void
  /** Takes a name back, once. */
  readonly unname: (path: string) => void
  readonly has: (path: string) => boolean
  readonly delete: (path: string) => void
  readonly paths: () => IterableIterator<string>
  readonly get: (path: string) => KnownFile | undefined
  readonly compare: (path: string) => Difference
}

/** Of files larger than `sizeLimit`, the stamp is compared in place of the content. */
export function createSnapshot({
  verifySyntax,
  sizeLimit = Number.POSITIVE_INFINITY,
}: {
  readonly verifySyntax: boolean
  readonly sizeLimit?: number
}): Snapshot {
  const files = new Map<string, KnownFile>()
  const unread = new Set<string>()
  /** What was found where it differed. */
  const found = new Map<string, Pick<KnownFile, 'stamp' | 'digest'>>()
  /** The last difference found: it need not be looked for again while the file stays as it is. */
  let last: { readonly path: string; readonly stamp: string; readonly difference: Difference } | undefined

  return {
    add({ path, stamp, bytes: loaded }, origin) {
      last = undefined // what it was compared with may be another state
      const known = files.get(path)
      const isNews = known === undefined || (origin === 'loaded' && !known.isLoaded)
      const bytes = isNews
        ? loaded === undefined
          ? contentOf(path, sizeLimit)
          : bufferOf(loaded)
        : undefined
      // In this order: whatever is written after the stamp was taken, and before this, shows here.
      const unchanged = known !== undefined || stampOf(path) === stamp
      const parses = () => bytes === undefined || syntaxFault(path, bytes) === undefined
      const firstDigest = () => {
        if (stamp === '') return '' // there was no file, whatever is there by now
        return unchanged || loaded ? digestOf(bytes) : null
      }
      files.set(path, {
        stamp: known?.stamp ?? stamp,
        digest: known ? known.digest : firstDigest(),
        isLoaded: origin === 'loaded' || known?.isLoaded === true,
        named: (known?.named ?? 0) + (origin === 'named' ? 1 : 0),
        checkable: isNews ? origin === 'loaded' && (!verifySyntax || parses()) : known.checkable,
      })
      return unchanged
    },
    note(path) {
      const stamp = stampOf(path)
      if (stamp === '') return
      const digest = isFresh(stamp) ? digestOf(contentOf(path, sizeLimit)) : undefined
      if (digest === undefined) unread.add(path)
      files.set(path, { ...STRANGER, stamp, digest })
    },
    unread: () => unread.keys(),
    read,
    accept(path) {
      const now = found.get(path)
      const known = files.get(path) ?? STRANGER
      if (now === undefined) return
      remove(path)
      if (now.digest !== '' || known.named > 0) files.set(path, { ...known, ...now })
    },
    unname(path) {
      const known = files.get(path)
      if (known !== undefined) files.set(path, { ...known, named: known.named - 1 })
    },
    has: (path) => files.has(path),
    delete: remove,
    paths: () => files.keys(),
    get: (path) => files.get(path),
    compare(path) {
      const stamp = stampOf(path)
      if (last?.path === path && last.stamp === stamp) return last.difference
      last = undefined
      found.delete(path)
      if (unread.has(path) && read(path)) return 'none'
      const known = files.get(path)
      const bytes = contentOf(path, sizeLimit)
      const now = digestOf(bytes)
      const then = known === undefined ? '' : known.digest
      if (now === then) return 'none'
      const type = now === '' ? 'deleted' : then === '' ? 'added' : 'modified'
      const difference: Difference = {
        type,
        bytes: bytes ?? Buffer.alloc(0),
        checkable: known?.checkable ?? false,
      }
      last = { path, stamp, difference }
      found.set(path, { stamp, digest: now })
      return difference
    },
  }

  function read(path: string): boolean {
    const known = files.get(path)
    if (!unread.delete(path) || known === undefined) return true
    const digest = digestOf(contentOf(path, sizeLimit))
    // In this order: whatever is written before this shows here.
    const unchanged = stampOf(path) === known.stamp
    files.set(path, { ...known, digest: unchanged ? digest : null })
    return unchanged
  }

  function remove(path: string): void {
    last = undefined
    files.delete(path)
    unread.delete(path)
    found.delete(path)
  }
}

/** A file of which nothing is known. */
const STRANGER: KnownFile = { stamp: '', digest: '', isLoaded: false, named: 0, checkable: false }
