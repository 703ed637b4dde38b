/** What a file holds, for comparison with what it held. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stampOf, statOf } from './stamp.ts'

/**
 * Undefined for what is not there or cannot be read. A pipe is not opened: that would not return.
 * A file that is larger than the limit is not read, and its stamp stands for its content: then a
 * touch is a change, too.
 */
export function contentOf(path: string, sizeLimit: number): Buffer | undefined {
  try {
    const stat = statOf(path)
    if (!stat?.isFile()) return undefined
    return stat.size > sizeLimit ? Buffer.from(stampOf(path)) : readFileSync(path)
  } catch {
    return undefined // gone in the meantime, or no permission: nothing that could be loaded
  }
}

/** What was a buffer before it was sent from one thread to another. */
export const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

export const digestOf = (bytes: Buffer | undefined): string =>
  bytes === undefined ? '' : createHash('sha1').update(bytes).digest('base64')
