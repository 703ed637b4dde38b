/** What a file holds, for comparison with what it held. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { fsPath } from './fs-path.ts'
import { isAbsence, type Standing, stampOf, standingOf } from './stamp.ts'

/** A larger file, in bytes, is hashed in pieces: reading it in one go would hold up everything else. */
const LARGE = 16 * 1024 * 1024
const PIECE = 1024 * 1024

export type Content =
  | { readonly is: 'absent' }
  /** It is there, and cannot be read now: it has not changed, as far as anybody knows. */
  | { readonly is: 'unreadable' }
  | { readonly is: 'large' }
  | { readonly is: 'read'; readonly bytes: Buffer }

/** A pipe is not opened: that would not return. */
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

/** What was a buffer before it was sent from one thread to another. */
export const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

export const digestOf = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('base64')

/** The digests of large files, made in the background, one file at a time. */
export interface LargeDigests {
  /** The digest of a file in this state; undefined while it is being made. */
  readonly of: (path: string, stamp: string) => string | undefined
}

export function largeDigests(): LargeDigests {
  const digests = new Map<string, { readonly stamp: string; readonly digest: string }>()
  const waiting = new Set<string>()
  let queue: Promise<void> = Promise.resolve()

  return {
    of(path, stamp) {
      const made = digests.get(path)
      if (made?.stamp === stamp) return made.digest
      if (!waiting.has(path)) {
        waiting.add(path)
        queue = queue.then(() => make(path))
      }
      return undefined
    },
  }

  async function make(path: string): Promise<void> {
    try {
      const stamp = stampOf(path)
      const digest = await digestInPieces(path)
      if (stampOf(path) === stamp) digests.set(path, { stamp, digest })
    } catch {
      digests.delete(path) // gone or unreadable: whoever asked asks again
    } finally {
      waiting.delete(path)
    }
  }
}

async function digestInPieces(path: string): Promise<string> {
  const hash = createHash('sha1')
  const file = await open(fsPath(path))
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
