/**
 * A directory that only this user can write to, below one that anybody may write to. It is checked at each
 * use, by a descriptor, so that a rename cannot redirect us.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { randomHex } from './random.ts'
import { realPathOf } from './real-path.ts'

/**
 * Returns where this user's directory is, or will be: nothing is created here. Relative paths in the
 * environment are resolved against `cwd`.
 */
export function privateDirectory(cwd: string): string {
  const runtime = process.env.XDG_RUNTIME_DIR ?? ''
  if (isAbsolute(runtime) && whyNot(lookAt(runtime), runtime) === undefined) return join(runtime, 'exit75')
  const usual = join(temporaryDirectory(cwd), usualName())
  const stats = lookAt(usual)
  // If another user has taken the name, use one that cannot be guessed.
  return stats === undefined || whyNot(stats, usual) === undefined ? usual : `${usual}-${randomHex(8)}`
}

/** Returns the directory for temporary files, with links resolved as at the first call: they may change later. */
export function temporaryDirectory(cwd: string): string {
  const path = resolve(cwd, tmpdir())
  const real = ledTo.get(path) ?? realPathOf(path) ?? path
  ledTo.set(path, real)
  return real
}
const ledTo = new Map<string, string>()

export const usualName = (): string =>
  ['exit75', process.geteuid?.()].filter((part) => part !== undefined).join('-')

/** Calls `act` with a path to the directory, created if `make`. Throws if others can access it. */
export function within<T>(directory: string, make: boolean, act: (root: string) => T): T {
  if (make) ensure(directory)
  // Windows has a temporary folder for each user.
  if (process.platform === 'win32') return act(checked(lstatSync(directory), directory))
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
  const fd = openSync(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    checked(fstatSync(fd), directory)
    if (HAS_PROC) return act(`/proc/self/fd/${fd}`)
    if (isSafe(dirname(directory))) return act(directory)
    throw new Error(`others may rename what is in ${dirname(directory)}`)
  } finally {
    closeSync(fd)
  }
}

/** Removes a path in such a directory, and the directory itself if it is then empty. Never throws. */
export function removeWithin(path: string): void {
  const directory = dirname(path)
  try {
    within(directory, false, (root) => rmSync(join(root, basename(path)), { recursive: true, force: true }))
    rmdirSync(directory)
  } catch {
    // missing, not ours, or not empty
  }
}

/** Whether only this user and root can rename entries of a directory. */
export function isSafe(directory: string): boolean {
  const stats = statSync(directory, { throwIfNoEntry: false })
  if (stats === undefined) return false
  if (process.geteuid === undefined) return true
  const isSystems = stats.uid === 0 || stats.uid === process.geteuid()
  return isSystems && ((stats.mode & 0o022) === 0 || (stats.mode & 0o1000) !== 0)
}

function ensure(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 })
    // The umask may exclude even this user.
    if ((lstatSync(directory).mode & 0o777) !== 0o700 && isSafe(dirname(directory)))
      chmodSync(directory, 0o700)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function checked(stats: Stats, directory: string): string {
  const fault = whyNot(stats, directory)
  if (fault !== undefined) throw new Error(fault)
  return directory
}

function whyNot(stats: Stats | undefined, directory: string): string | undefined {
  if (stats === undefined || !stats.isDirectory()) return `${directory} is not a directory`
  if (process.geteuid === undefined) return undefined
  if (stats.uid !== process.geteuid()) return `${directory} belongs to another user`
  return (stats.mode & 0o077) === 0 ? undefined : `${directory} is open to other users`
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined // not even its parent exists
  }
}

/** Linux: paths through a descriptor. */
const HAS_PROC = existsSync('/proc/self/fd')
