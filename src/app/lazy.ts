/** Public functions that most programs do without: what they need is loaded at the first call. */
import { createRequire } from 'node:module'
import type { ListenOptions } from 'node:net'
import type { ListenAddress } from '../protocol/address.ts'
import { CHILD, PARENT } from '../role.ts'
import { trackConnections } from './connections.ts'
import type * as Sockets from './listen-on.ts'
import type * as State from './state.ts'
import type * as Watch from './watch.ts'

const load = createRequire(import.meta.url)
if (!PARENT) trackConnections()

/**
 * Keeps a value for the next generation, in place of what was kept before. Synchronous and atomic:
 * a crash in the middle leaves the earlier value whole. Structured clone: Map, Set, Date, BigInt,
 * typed arrays, Buffer, errors and cycles survive; the classes of objects do not.
 *
 * Throws a `TypeError` that names the place of what cannot be cloned (`state.jobs[3].callback`);
 * the value kept before is then still there; so it does for what is nested more than 1,000 levels
 * deep. Throws the system's error, with its `code`, where there is no place to keep it: a temporary
 * directory that is missing, full or read-only. From several threads at once, the last one wins.
 * Does nothing outside the child.
 */
export function saveState(value: unknown): void {
  if (CHILD) state().saveState(value)
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
  return CHILD ? state().savedState<T>() : undefined
}

/**
 * Watches more than what was loaded: templates, `.env`, data. A directory counts with everything
 * below it, also with what is created later. Relative paths are resolved at once. Gives back the
 * undo. A path that does not exist yet may be named: its creation counts.
 *
 * Throws a `TypeError` for what is no path or an empty one. Watches nothing outside the child.
 */
export function watch(...paths: string[]): () => void {
  return (load('./watch.js') as typeof Watch).watch(paths)
}

/**
 * Where to listen: `server.listen(listenOn(3000))`. In the child it is the socket that the parent
 * holds for that address (option `listen`), which outlives this process: nobody is refused while a
 * restart goes on. Under systemd, with `EXIT75=off` or without exit75's parent, it is the socket
 * that systemd passed. Otherwise it is the address itself. One server may use it in a generation.
 */
export function listenOn(address: ListenAddress): ListenOptions & { readonly fd?: number } {
  return (load('./listen-on.js') as typeof Sockets).listenOn(address)
}

const state = () => load('./state.js') as typeof State
