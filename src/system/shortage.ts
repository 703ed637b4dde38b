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

/** Throws if this process may not open so many files more. Windows has no such limit. */
export function mustHaveDescriptors(count: number): void {
  const opened: number[] = []
  try {
    if (process.platform !== 'win32') while (opened.length < count) opened.push(openSync('/dev/null', 'r'))
  } finally {
    for (const fd of opened) closeSync(fd)
  }
}
