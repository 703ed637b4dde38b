/** What is known of each watched file: the state it had when it was loaded. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Change, StampedFile } from '../wire.ts'
import { syntaxFault } from './parse.ts'
import { stampOf } from './stamp.ts'

/** Why a file is watched: the app loaded it, named it, or named a directory above it; a standby holds it. */
export type Origin = 'loaded' | 'named' | 'below' | 'held'

export interface KnownFile {
  readonly origin: Origin
  /** The state that its digest is of. */
  readonly stamp: string
  /** Digest of what was loaded; null: it changed before it could be read. Empty: there was no file. */
  readonly digest: string | null
  /** Whether a fault that the parser finds is the file's, and not a language it does not know. */
  readonly checkable: boolean
}

/** How a file differs from what was loaded; `bytes` is what is on disk now. */
export type Difference =
  | 'none'
  | { readonly type: Change['type']; readonly bytes: Buffer; readonly checkable: boolean }

export interface KnownFiles {
  /** Remembers a file; false if it has changed since it was stamped. */
  readonly add: (file: StampedFile, origin: Origin) => boolean
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
    add({ path, stamp }, origin) {
      const bytes = contentOf(path)
      // In this order: whatever is written after the stamp was taken, and before this, shows here.
      const unchanged = stampOf(path) === stamp
      const checkable = origin === 'loaded' && (!verifySyntax || syntaxFault(path, bytes) === undefined)
      files.set(path, { origin, stamp, digest: unchanged ? digestOf(bytes) : null, checkable })
      return unchanged
    },
    has: (path) => files.has(path),
    delete: (path) => void files.delete(path),
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
      const difference: Difference = { type, bytes, checkable: known?.checkable ?? false }
      last = { path, stamp, difference }
      return difference
    },
  }
}

/** Empty for a file that is not there or cannot be read, and for one that has just been cut. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0) // gone, a directory, or no permission: nothing that could be loaded
  }
}

const digestOf = (bytes: Buffer): string =>
  bytes.length === 0 ? '' : createHash('sha1').update(bytes).digest('base64')
