import { closeSync, openSync, readSync } from 'node:fs'

/** Reads the system's random bytes if possible, since node:crypto takes longer to load. */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes)
  try {
    const random = openSync('/dev/urandom', 'r')
    readSync(random, buffer)
    closeSync(random)
  } catch {
    process.getBuiltinModule('node:crypto').randomFillSync(buffer) // Windows
  }
  return buffer.toString('hex')
}
