/** Hands a value over to the next generation, in a file that only this user can read. */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { SLOT } from '../protocol/threads.ts'
import { role } from '../role.ts'
import { placeOfUncloneable } from './uncloneable.ts'

/**
 * Keeps a value for the next generation, in place of what was kept before. Synchronous and atomic:
 * a crash in the middle leaves the earlier value whole. Structured clone: Map, Set, Date, BigInt,
 * typed arrays, Buffer, errors and cycles survive; the classes of objects do not.
 *
 * Throws a `TypeError` that names the place of what cannot be cloned (`state.jobs[3].callback`);
 * the value kept before is then still there. Does nothing outside the child.
 */
export function saveState(value: unknown): void {
  if (role.is !== 'child') return
  const { launch, flags, stateDirectory } = role
  const content = bytesOf(value)
  // What is removed when the parent is gone must not be made again by this: guard.ts waits for it.
  Atomics.add(flags, SLOT.saving, 1)
  try {
    if (Atomics.load(flags, SLOT.orphaned) === 0) keep(content, launch.generation, stateDirectory)
  } finally {
    Atomics.sub(flags, SLOT.saving, 1)
    Atomics.notify(flags, SLOT.saving)
  }
}

function keep(content: Buffer, generation: number, directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  chmodSync(directory, 0o700) // the umask may forbid this user, too
  removeOlder(generation, directory) // first, or generations that never finish would pile up
  const file = join(directory, String(generation))
  writeWhole(`${file}.new`, digestOf(content), content)
  renameSync(`${file}.new`, file)
}

/**
 * What an earlier generation kept last, the same value at every call; undefined if none did, and
 * outside the child. It is passed on until a generation keeps something else: what broken code did
 * not take is there for the code that mends it.
 *
 * With `overlap` it is what had been kept when this was first called. What the old generation keeps
 * afterwards, at its end, comes too late for this one: it goes to the next, unless this one keeps
 * something. What new code kept that was never ready is dropped.
 */
export function savedState<T = unknown>(): T | undefined {
  if (role.is !== 'child') return undefined
  taken ??= { value: readNewest(role.stateDirectory, role.launch.generation) }
  return taken.value as T | undefined
}

let taken: { readonly value: unknown } | undefined

function bytesOf(value: unknown): Buffer {
  try {
    return v8().serialize(value)
  } catch (cause) {
    const { place, what } = placeOfUncloneable(value, 'state')
    throw new TypeError(
      `saveState(value): ${place} is ${what}, which cannot be handed to another process. ` +
        'Leave it out, or save what it is made from.',
      { cause },
    )
  }
}

/** Readable by this user alone, whatever the umask. */
function writeWhole(path: string, ...parts: Buffer[]): void {
  rmSync(path, { force: true }) // left over from a crash
  const file = openSync(path, 'wx', 0o600)
  try {
    fchmodSync(file, 0o600)
    for (const part of parts) for (let at = 0; at < part.length; ) at += writeSync(file, part, at)
  } finally {
    closeSync(file)
  }
}

/**
 * What this generation was handed stays: another thread may not have taken it yet. So does what a
 * later one has kept, beside this one (option `overlap`).
 */
function removeOlder(generation: number, directory: string): void {
  const handed = newestBefore(generation, directory)
  for (const name of readdirSync(directory)) {
    // A file that was not finished has its number, too.
    if (Number.parseInt(name, 10) < generation && name !== String(handed))
      rmSync(join(directory, name), { recursive: true, force: true })
  }
}

function readNewest(directory: string, generation: number): unknown {
  const newest = newestBefore(generation, directory)
  if (newest === undefined) return undefined
  const path = join(directory, String(newest))
  try {
    const bytes = readFileSync(path)
    const content = bytes.subarray(DIGEST_SIZE)
    if (digestOf(content).equals(bytes.subarray(0, DIGEST_SIZE))) return v8().deserialize(content)
  } catch {
    // told below: it cannot be read, or it is not what was written
  }
  if (role.is === 'child') role.send({ is: 'note', text: `the saved state in ${path} is damaged · ignored` })
  return undefined
}

function newestBefore(generation: number, directory: string): number | undefined {
  try {
    const before = readdirSync(directory)
      .map(Number)
      .filter((one) => one < generation) // a file that was not finished has no number
    return before.length === 0 ? undefined : Math.max(...before)
  } catch {
    return undefined // nothing has been kept so far
  }
}

const DIGEST_SIZE = 32
const digestOf = (content: Buffer): Buffer =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(content).digest()

// Most programs save nothing: these are loaded by those that do.
const v8 = () => process.getBuiltinModule('node:v8')
