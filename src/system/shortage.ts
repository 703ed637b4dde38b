/** Errors about resources that a system may lack for a while. */
import { closeSync, openSync } from 'node:fs'

/** Whether something failed for lack of descriptors, memory or processes, which may pass. */
export const isShortage = (error: unknown): boolean =>
  SHORTAGES.has((error as NodeJS.ErrnoException).code ?? '')
const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOBUFS'])

/** Returns the alternative if something fails, but for a shortage: that is thrown. */
export function unlessShort<T>(alternative: T): (error: unknown) => T {
  return (error) => {
    if (isShortage(error)) throw error
    return alternative
  }
}

/** Throws if this process may not open so many files more. */
export function mustHaveDescriptors(count: number): void {
  const opened: number[] = []
  try {
    open(opened, count)
  } finally {
    close(opened)
  }
}

/** Keeps some, for what must be done even when there are no others. Returns a function that gives them back. */
export function keepDescriptors(count: number): () => void {
  const kept: number[] = []
  try {
    open(kept, count)
  } catch {
    // fewer
  }
  return () => close(kept)
}

/** Windows has no such limit. */
function open(files: number[], count: number): void {
  if (process.platform !== 'win32') while (files.length < count) files.push(openSync('/dev/null', 'r'))
}

function close(files: number[]): void {
  for (const fd of files.splice(0)) closeSync(fd)
}
