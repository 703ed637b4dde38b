/** The working directory: it may be gone, or have a name that Node cannot read. */
import { existsSync } from 'node:fs'
import { UsageError } from '../options/usage-error.ts'

/** Throws if it is gone. */
export function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    throw new UsageError('the working directory is gone: change to one that exists')
  }
}

/** Returns the working directory by a path at which a command finds it, whatever its name is (Linux). */
export function directoryOfCommand(): string {
  const cwd = process.cwd()
  return isGarbled(cwd) && existsSync(BY_LINK) ? BY_LINK : cwd
}

/** Of each process that looks at it, the command's, too. */
const BY_LINK = '/proc/self/cwd'

/** Throws where a file cannot be found because of the directory's name: to wait for it would be in vain. */
export function checkReadable(directory: string): void {
  if (!isGarbled(directory)) return
  throw new UsageError(
    `Node finds no file in ${directory}, whose name is not UTF-8: rename it · a command runs there: exit75 'sh ./tool'`,
  )
}

/** A name that is not UTF-8 arrives garbled. */
const isGarbled = (path: string): boolean => path.includes('\uFFFD') && !existsSync(path)
