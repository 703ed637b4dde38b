/** Passes a value to the next generation, in a file that only this user can read. */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SLOT } from '../protocol/threads.ts'
import { role } from '../role.ts'
import { within } from '../system/private-directory.ts'
import { raise } from '../system/raise.ts'
import { renameOver } from '../system/rename.ts'
import { noteParent } from './misplaced.ts'
import { type Culprit, placeOfUncloneable, placeOfUnreadable } from './uncloneable.ts'

/**
 * Saves a value for the next generation, replacing the one saved before. Synchronous and atomic: a
 * crash in the middle leaves the earlier value intact. Structured clone: Map, Set, Date, BigInt, typed
 * arrays, Buffer, errors and cycles survive; the classes of objects do not.
 *
 * Throws a `TypeError` that names what cannot be cloned (`state.jobs[3].callback`); the value saved
 * before is then still there. Does nothing outside the child.
 */
export function saveState(value: unknown): void {
  noteParent('saveState')
  if (role.is !== 'child') return
  const { launch, flags, stateDirectory } = role
  const content = cloned(value)
  // The watcher thread removes the directory when the parent is gone: it waits until this is done.
  Atomics.add(flags, SLOT.saving, 1)
  try {
    if (Atomics.load(flags, SLOT.orphaned) === 0) keep(content, launch.generation, stateDirectory)
  } finally {
    Atomics.sub(flags, SLOT.saving, 1)
    Atomics.notify(flags, SLOT.saving)
  }
}

/** Writes the state that a generation saves. Throws an error that names the directory. */
export function keep(content: Buffer, generation: number, directory: string): void {
  try {
    inDirectory(directory, true, (path) => {
      removeOlder(generation, path) // first, or generations that never get to the end would pile up
      const { threadId } = process.getBuiltinModule('node:worker_threads') // other threads may save, too
      const unfinished = join(path, `${generation}.${threadId}.new`)
      writeWhole(unfinished, digestOf(content), content)
      renameOver(unfinished, join(path, String(generation)))
    })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const [, system] = /^[A-Z]+: (.*?),/.exec(message) ?? [] // leaves out our internal path
    const reason = system === undefined ? message : `${system} (${code})`
    const error = new Error(`saveState(value): cannot save it in ${directory}: ${reason}`, { cause })
    throw Object.assign(error, code === undefined ? {} : { code })
  }
}

/** Tries again if another program, at its end, has just removed the directory because it was empty. */
function inDirectory<T>(directory: string, make: boolean, act: (path: string) => T): T {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return within(dirname(directory), make, (root) => {
        const path = join(root, basename(directory))
        if (make) mkdirSync(path, { recursive: true, mode: 0o700 })
        if (make) chmodSync(path, 0o700) // the umask may exclude even this user
        return act(path)
      })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' || !make || attempt === ATTEMPTS) throw error
    }
  }
}

const ATTEMPTS = 5

/**
 * Returns the value that an earlier generation saved last, the same at every call. Undefined if there is
 * none, and outside the child. It is kept until a generation saves another one: a value that broken code
 * did not use is there for the code that fixes it.
 *
 * With `overlap` it is the value that was there at the first call. One that the old generation saves
 * later comes too late for this one: it goes to the next, unless this one saves something. A value saved
 * by new code that never became ready is dropped.
 */
export function savedState<T = unknown>(): T | undefined {
  if (role.is !== 'child') return undefined
  taken ??= { value: readNewest(role.stateDirectory, role.launch.generation) }
  return taken.value as T | undefined
}

let taken: { readonly value: unknown } | undefined

/** An error about the value is the caller's: its stack begins there. */
function cloned(value: unknown): Buffer {
  try {
    return bytesOf(value)
  } catch (error) {
    return raise(error as Error, saveState)
  }
}

/** Returns a value as V8 writes it. Throws a TypeError that names what cannot be cloned. */
export function bytesOf(value: unknown): Buffer {
  let content: Buffer
  try {
    content = v8().serialize(value)
  } catch (cause) {
    throw refused(placeOfUncloneable(value, 'state'), cause)
  }
  const unreadable = placeOfUnreadable(value, 'state')
  if (unreadable !== undefined) throw refused(unreadable)
  return content
}

function refused({ place, what }: Culprit, cause?: unknown): TypeError {
  return new TypeError(
    `saveState(value): ${place} is ${what}, which cannot be handed to another process. ` +
      'Leave it out, or save what it is made from.',
    isWorthSaying(cause) ? { cause } : {},
  )
}

/** Not what V8 says of a value that it cannot clone, but what a getter of the app has thrown. */
const isWorthSaying = (cause: unknown): boolean =>
  cause !== undefined && !/could not be cloned\.$/.test((cause as Error).message ?? '')

/** Readable by this user alone, whatever the umask. An unfinished file is removed. */
function writeWhole(path: string, ...parts: Buffer[]): void {
  rmSync(path, { force: true }) // left over from a crash
  const file = openSync(path, 'wx', 0o600)
  try {
    fchmodSync(file, 0o600)
    for (const part of parts) for (let at = 0; at < part.length; ) at += writeSync(file, part, at)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

/**
 * Keeps the value passed to this generation, since another thread may not have read it yet, and those
 * of later generations, which may run beside this one (option `overlap`).
 */
function removeOlder(generation: number, directory: string): void {
  const handed = newestBefore(generation, directory)
  for (const name of readdirSync(directory)) {
    // parseInt, since the name of an unfinished file also begins with its generation.
    if (Number.parseInt(name, 10) < generation && name !== String(handed))
      rmSync(join(directory, name), { recursive: true, force: true })
  }
}

/** Returns the newest state that was saved before a generation. Undefined if there is none, or it is damaged. */
export function readNewest(directory: string, generation: number): unknown {
  try {
    return inDirectory(directory, false, (path) => readNewestIn(path, directory, generation))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') note(`the saved state in ${directory} cannot be read: ${message} · ignored`)
    return undefined // nothing has been saved yet
  }
}

function readNewestIn(path: string, directory: string, generation: number): unknown {
  const newest = newestBefore(generation, path)
  if (newest === undefined) return undefined
  try {
    const bytes = readFileSync(join(path, String(newest)))
    const content = bytes.subarray(DIGEST_SIZE)
    if (digestOf(content).equals(bytes.subarray(0, DIGEST_SIZE))) return v8().deserialize(content)
  } catch {
    // reported below: unreadable, or not what was written
  }
  note(`the saved state in ${join(directory, String(newest))} is damaged · ignored`)
  return undefined
}

function note(text: string): void {
  if (role.is === 'child') role.send({ is: 'note', text })
}

function newestBefore(generation: number, directory: string): number | undefined {
  const before = readdirSync(directory)
    .map(Number)
    .filter((number) => number < generation) // NaN for unfinished files
  return before.length === 0 ? undefined : Math.max(...before)
}

const DIGEST_SIZE = 32
const digestOf = (content: Buffer): Buffer =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(content).digest()

// Loaded lazily, since most programs save nothing.
const v8 = () => process.getBuiltinModule('node:v8')
