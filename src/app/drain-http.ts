/** HTTP/1: closes each connection once no response is due on it and no request is on its way. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { answering, open, secured } from './connections.ts'
import { announceLast } from './last-answer.ts'
import { allSockets, socketsBetweenRequests } from './parsers.ts'
import { lookOften } from './quiet.ts'

/** Time in which the first request on a new connection is expected, in ms. */
export const FRESH = 1000

/** What a connection is waiting for; only with `nothing` may it be closed immediately. */
type State =
  /** the app */
  | 'answer'
  /** the client, which has begun a request */
  | 'request'
  /** the client, which has not read all of the response */
  | 'reader'
  /** the first request, or a handshake */
  | 'first'
  /** the client, which has the last response, and is to close the connection */
  | 'end'
  | 'nothing'

interface Seen {
  state: State
  /** When it entered this state. */
  since: number
  bytes: string
  /** When the last byte was sent or received. */
  moved: number
}

/** Resolves with the number of clients that were cut off. `timeout`: in ms. */
export async function drainHttp(
  server: Server,
  stop: () => Promise<number>,
  timeout: number,
): Promise<number> {
  const close = closerOf(server, timeout)
  const ended = stop()
  let cut = 0
  const looking = lookOften((now) => {
    cut += close(now, looking.silence())
  })
  const undo = announceLast(server)
  await ended.finally(looking.stop).finally(undo)
  return cut
}

/** Returns a function to call often, which closes what is unused or stuck, and returns how many were stuck. */
export function closerOf(server: Server, timeout: number): (now: number, silence: number) => number {
  const began = performance.now()
  const seen = new Map<Socket, Seen>()
  return (now, silence) => {
    let cut = 0
    for (const [socket, state] of statesOf(server)) {
      const entry = seen.get(socket) ?? { state, since: began, bytes: bytesOf(socket), moved: began }
      seen.set(socket, entry)
      if (entry.state !== state) Object.assign(entry, { state, since: now })
      if (entry.bytes !== bytesOf(socket)) Object.assign(entry, { bytes: bytesOf(socket), moved: now })
      if (isUnused(socket, entry, now, silence)) socket.destroy()
      else if (isStuck(entry, now, timeout)) {
        cut += 1
        socket.destroy()
      }
    }
    return cut
  }
}

function isUnused(socket: Socket, { state, moved }: Seen, now: number, silence: number): boolean {
  if (now - moved <= silence) return false
  return (
    state === 'nothing' ||
    state === 'end' ||
    (state === 'first' && now - openedAt(socket) > Math.max(FRESH, silence))
  )
}

/** The timeout of a request counts from its start, that of a response from the client's last read. */
function isStuck({ state, since, moved }: Seen, now: number, timeout: number): boolean {
  return (
    ((state === 'request' || state === 'end') && now - since > timeout) ||
    (state === 'reader' && now - moved > timeout)
  )
}

function statesOf(server: Server): Map<Socket, State> {
  const between = socketsBetweenRequests(server)
  const states = new Map<Socket, State>()
  for (const socket of allSockets(server)) states.set(socket, stateOf(socket, between.has(socket)))
  // All others were upgraded, and belong to the app, or to the sessions of an HTTP/2 server.
  if (!('setSecureContext' in server) || 'updateSettings' in server) return states
  for (const socket of open.keys())
    if (socket.server === server && !secured.has(socket)) states.set(socket, 'first')
  return states
}

/** `isBetween`: the parser has read the last request completely, and nothing of the next. */
function stateOf(socket: Socket, isBetween: boolean): State {
  const responses = [...(answering.get(socket) ?? [])]
  const last = responses.at(-1)
  if (socket.writableEnded) return unsent(socket) > 0 ? 'reader' : 'end'
  if (last !== undefined && !last.req.complete) return 'request'
  if (unsent(socket) > 0) return 'reader'
  if (last !== undefined) return 'answer'
  if (socket.bytesRead === 0) return 'first'
  return isBetween ? 'nothing' : 'request'
}

/** Internals of a socket, and of the one below a TLS socket. */
interface Layers {
  readonly _handle?: { readonly writeQueueSize?: number } | null
  readonly _parent?: Socket | null
}

function openedAt(socket: Socket): number {
  const { _parent } = socket as Socket & Layers
  return open.get(_parent ?? socket) ?? 0
}

/** Returns the bytes still in this process; those the kernel has are delivered even after the close. */
export function unsent(socket: Socket): number {
  const { _handle, _parent } = socket as Socket & Layers
  const ofSystem = _handle?.writeQueueSize ?? 0
  return socket.writableLength + ofSystem + (_parent ? unsent(_parent) : 0)
}

function bytesOf(socket: Socket): string {
  const { _parent } = socket as Socket & Layers
  const own = `${socket.bytesRead} ${socket.bytesWritten} ${unsent(socket)}`
  return _parent ? `${own} ${bytesOf(_parent)}` : own
}
