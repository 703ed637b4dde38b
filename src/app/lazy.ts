/** Public functions that most programs do without: what they need is loaded at the first call. */
import type { Server as HttpServer } from 'node:http'
import { createRequire } from 'node:module'
import type { ListenOptions, Server } from 'node:net'
import type * as Drain from './drain.ts'
import type * as Sockets from './listen-on.ts'
import type * as State from './state.ts'
import type * as Watch from './watch.ts'
import './connections.ts'
import type { ListenAddress } from '../protocol/address.ts'
import { CHILD } from '../role.ts'

const load = createRequire(import.meta.url)

/**
 * Keeps a value for the next generation, in place of what was kept before. Synchronous and atomic:
 * a crash in the middle leaves the earlier value whole. Structured clone: Map, Set, Date, BigInt,
 * typed arrays, Buffer, errors and cycles survive; the classes of objects do not.
 *
 * Throws a `TypeError` that names the place of what cannot be cloned (`state.jobs[3].callback`);
 * the value kept before is then still there. Does nothing outside the child.
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

/**
 * Stops a server of node:http, node:https or node:net, and resolves when its last connection has
 * ended. New connections wait for the next generation (see `listenOn`); requests in flight, and
 * those that are on their way on open connections, are answered, each with `Connection: close`;
 * connections that stay silent for 200 ms are closed. With a framework it is the server inside that
 * is drained, before the framework's own `close()`.
 *
 * `server.close()` is not enough: it destroys idle connections at once, whose next request may be
 * on its way, and on Node 20 to 24 it waits for those that never ask anything. Responses without
 * end (server-sent events, WebSockets) must be ended by the app; see `restartSignal`. So must the
 * connections of a node:net server, and the sessions of a node:http2 one (`session.close()`): for
 * these it stops the server, and waits. A server that does not listen is drained at once.
 */
export async function drain(server: Server | HttpServer): Promise<void> {
  return (load('./drain.js') as typeof Drain).drain(server)
}

const state = () => load('./state.js') as typeof State
