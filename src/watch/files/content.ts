/** Reads the content of files for comparison. */
import { readFileSync } from 'node:fs'
import { fsPath } from './fs-path.ts'
import { isAbsence, type Standing, stampOf, standingOf } from './stamp.ts'

/** Size in bytes above which a file is hashed in pieces: reading it at once would block everything else. */
const LARGE = 16 * 1024 * 1024
const PIECE = 1024 * 1024

export type Content =
  | { readonly is: 'absent' }
  /** The file exists but cannot be read now: treated as unchanged. */
  | { readonly is: 'unreadable' }
  | { readonly is: 'large' }
  | { readonly is: 'read'; readonly bytes: Buffer }

/** Returns the content of a file. A pipe is not opened, since that would block. */
export function contentOf(path: string, standing: Standing = standingOf(path)): Content {
  if (standing.is === 'absent') return standing
  if (standing.is === 'unreachable') return { is: 'unreadable' }
  if (standing.size > LARGE) return { is: 'large' }
  try {
    return { is: 'read', bytes: readFileSync(fsPath(path)) }
  } catch (error) {
    return { is: isAbsence(error) ? 'absent' : 'unreadable' }
  }
}

/** Restores a Buffer that became a plain Uint8Array when it was posted to another thread. */
export const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

// Loaded when something is compared: they would take a parent as long as a tenth of a Node start.
const crypto = () => process.getBuiltinModule('node:crypto')
const promises = () => process.getBuiltinModule('node:fs/promises')

export const digestOf = (bytes: Buffer): string => crypto().createHash('sha1').update(bytes).digest('base64')

/** Digests of large files, computed in the background, one file at a time. */
export interface LargeDigests {
  /** Returns the digest of a file with this stamp. Undefined while it is being computed. */
  readonly of: (path: string, stamp: string) => string | undefined
}

export function largeDigests(): LargeDigests {
  const digests = new Map<string, { readonly stamp: string; readonly digest: string }>()
  const waiting = new Set<string>()
  let queue: Promise<void> = Promise.resolve()

  return {
    of(path, stamp) {
      const known = digests.get(path)
      if (known?.stamp === stamp) return known.digest
      if (!waiting.has(path)) {
        waiting.add(path)
        queue = queue.then(() => compute(path))
      }
      return undefined
    },
  }

  async function compute(path: string): Promise<void> {
    try {
      const stamp = stampOf(path)
      const digest = await digestInPieces(path)
      if (stampOf(path) === stamp) digests.set(path, { stamp, digest })
    } catch {
      digests.delete(path) // gone or unreadable: the caller asks again
    } finally {
      waiting.delete(path)
    }
  }
}

async function digestInPieces(path: string): Promise<string> {
  const hash = crypto().createHash('sha1')
  const file = await promises().open(fsPath(path))
  try {
    const piece = Buffer.allocUnsafe(PIECE)
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE)
      if (bytesRead === 0) return hash.digest('base64')
      hash.update(piece.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
