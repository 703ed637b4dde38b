/** What the parent writes to this process before there is a thread that listens. */
import { readSync } from 'node:fs'

/** Blocks until the parent has written a line. Undefined at the end of the pipe. */
export function nextLine(fromParentFd: number): string | undefined {
  const chunks: Buffer[] = []
  while (rest.length === 0) {
    const chunk = readSome(fromParentFd)
    if (chunk.length === 0) return undefined
    chunks.push(chunk)
    // The parent writes whole lines; a long one arrives in pieces.
    if (chunk.at(-1) === 10) rest.push(...Buffer.concat(chunks).toString().split('\n').slice(0, -1))
  }
  return rest.shift()
}

/** Returns the lines that were read with an earlier one. */
export const linesLeft = (): string[] => rest.splice(0)

const rest: string[] = []

/** Returns an empty buffer at the end of the pipe. */
function readSome(fromParentFd: number): Buffer {
  const chunk = Buffer.allocUnsafe(64 * 1024)
  try {
    return chunk.subarray(0, readSync(fromParentFd, chunk))
  } catch {
    return chunk.subarray(0, 0) // EOF: thrown on Windows at the end of a pipe
  }
}

/** Not by SIGTERM, which would let Node reset a terminal that belongs to the app. */
export function vanish(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
