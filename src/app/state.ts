/** Passes a value to the next generation. */
import { SLOT } from '../protocol/threads.ts'
import { role } from '../role.ts'
import { raise } from '../system/raise.ts'
import { keep, readNewest, v8 } from './kept-state.ts'
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
