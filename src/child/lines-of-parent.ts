/** What the parent writes to this process before the watcher thread reads the pipe. */
import { readSync } from 'node:fs'
import { LENGTH_DIGITS } from '../protocol/child-config.ts'

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

/** Blocks until the parent has written a text with its length, and reads nothing beyond it. Undefined at the end of the pipe. */
export function nextWithLength(fromParentFd: number): string | undefined {
  const length = readAll(fromParentFd, LENGTH_DIGITS)
  return length === undefined ? undefined : readAll(fromParentFd, Number(length))
}

function readAll(fromParentFd: number, size: number): string | undefined {
  const chunks: Buffer[] = []
  for (let left = size; left > 0; ) {
    const chunk = readSome(fromParentFd, left)
    if (chunk.length === 0) return undefined
    chunks.push(chunk)
    left -= chunk.length
  }
  return Buffer.concat(chunks).toString()
}

/** Returns an empty buffer at the end of the pipe. */
function readSome(fromParentFd: number, size = 64 * 1024): Buffer {
  const chunk = Buffer.allocUnsafe(size)
  for (;;) {
    try {
      return chunk.subarray(0, readSync(fromParentFd, chunk))
    } catch (error) {
      // Interrupted by a signal of Node's own, SIGUSR1. Else EOF: thrown on Windows at the end of a pipe.
      if ((error as NodeJS.ErrnoException).code !== 'EINTR') return chunk.subarray(0, 0)
    }
  }
}

/** Not by SIGTERM, which would let Node reset a terminal that belongs to the app. */
export function vanish(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
