/** What is known of each watched file: the state it had when it was loaded. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Change, StampedFile } from '../wire.ts'
import { syntaxFault } from './parse.ts'
import { stampOf, statOf } from './stamp.ts'

/** Why a file is watched: the app loaded it, named it, or named a directory above it; a standby holds it. */
export type Origin = 'loaded' | 'named' | 'below' | 'held'

export interface KnownFile {
  /** The state that its digest is of. */
  readonly stamp: string
  /** Digest of what was loaded; null: it changed before it could be read. Empty: there was no file. */
  readonly digest: string | null
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

export interface KnownFiles {
  /** Remembers a file; false if it has changed since it was stamped. The first state of it counts. */
  readonly add: (file: StampedFile, origin: Origin) => boolean
  /** Takes a name back, once. */
  readonly unname: (path: string) => void
  readonly has: (path: string) => boolean
  readonly delete: (path: string) => void
  readonly paths: () => IterableIterator<string>
  readonly get: (path: string) => KnownFile | undefined
  readonly compare: (path: string) => Difference
}

export function knownFiles({ verifySyntax }: { verifySyntax: boolean }): KnownFiles {
  const files = new Map<string, KnownFile>()
  /** The last difference found: it need not be looked for again while the file stays as it is. */
  let last: { readonly path: string; readonly stamp: string; readonly difference: Difference } | undefined

  return {
    add({ path, stamp, bytes: loaded }, origin) {
      last = undefined // what it was compared with may be another state
      const known = files.get(path)
      const isNews = known === undefined || (origin === 'loaded' && !known.isLoaded)
      const bytes = isNews ? (loaded === undefined ? contentOf(path) : bufferOf(loaded)) : undefined
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
    unname(path) {
      const known = files.get(path)
      if (known !== undefined) files.set(path, { ...known, named: known.named - 1 })
    },
    has: (path) => files.has(path),
    delete(path) {
      last = undefined
      files.delete(path)
    },
    paths: () => files.keys(),
    get: (path) => files.get(path),
    compare(path) {
      const stamp = stampOf(path)
      if (last?.path === path && last.stamp === stamp) return last.difference
      last = undefined
      const known = files.get(path)
      const bytes = contentOf(path)
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
      return difference
    },
  }
}

/** Undefined for what is not there or cannot be read. A pipe is not opened: that would not return. */
function contentOf(path: string): Buffer | undefined {
  try {
    return statOf(path)?.isFile() ? readFileSync(path) : undefined
  } catch {
    return undefined // gone in the meantime, or no permission: nothing that could be loaded
  }
}

/** What was a buffer before it was sent from one thread to another. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

const digestOf = (bytes: Buffer | undefined): string =>
  bytes === undefined ? '' : createHash('sha1').update(bytes).digest('base64')
