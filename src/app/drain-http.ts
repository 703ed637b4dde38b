/** Connections of HTTP/1: each is closed when no answer is due on it, and no request is on its way. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { answering, open, secured } from './connections.ts'
import { announceLast } from './last-answer.ts'
import { allSockets, socketsBetweenRequests } from './parsers.ts'
import { lookOften } from './quiet.ts'

/** A connection that has never been used is expected to be used within this time of its opening, ms. */
const FRESH = 1000

/** What a connection waits for; `nothing` is the only one that lets it be closed at once. */
type State =
  /** the app */
  | 'answer'
  /** the client, which has begun a request */
  | 'request'
  /** the client, which has not read all of the answer */
  | 'reader'
  /** the first request, or a handshake */
  | 'first'
  | 'nothing'

interface Seen {
  state: State
  /** Since when it has been in this state. */
  since: number
  bytes: string
  /** When the last byte moved. */
  moved: number
}

export async function drainHttp(
  server: Server,
  stop: () => Promise<number>,
  timeout: number,
): Promise<number> {
  const began = performance.now()
  const ended = stop()
  const seen = new Map<Socket, Seen>()
  let cut = 0
  const looking = lookOften((now) => {
    for (const [socket, state] of statesOf(server)) {
      const one = seen.get(socket) ?? { state, since: began, bytes: bytesOf(socket), moved: began }
      seen.set(socket, one)
      if (one.state !== state) Object.assign(one, { state, since: now })
      if (one.bytes !== bytesOf(socket)) Object.assign(one, { bytes: bytesOf(socket), moved: now })
      if (isUnused(socket, one, now, looking.silence())) socket.destroy()
      else if (isStuck(one, now, timeout)) {
        cut += 1
        socket.destroy()
      }
    }
  })
  const letGo = announceLast(server)
  await ended.finally(looking.stop).finally(letGo)
  return cut
}

function isUnused(socket: Socket, { state, moved }: Seen, now: number, silence: number): boolean {
  if (now - moved <= silence) return false
  return state === 'nothing' || (state === 'first' && now - openedAt(socket) > Math.max(FRESH, silence))
}

/** A request counts from its beginning, however it dribbles; an answer from when the client last took some. */
function isStuck({ state, since, moved }: Seen, now: number, timeout: number): boolean {
  return (state === 'request' && now - since > timeout) || (state === 'reader' && now - moved > timeout)
}

function statesOf(server: Server): Map<Socket, State> {
  const between = socketsBetweenRequests(server)
  const states = new Map<Socket, State>()
  for (const socket of allSockets(server)) states.set(socket, stateOf(socket, between.has(socket)))
  if (!('setSecureContext' in server)) return states // what is not among them was upgraded, and is the app's
  for (const socket of open.keys())
    if (socket.server === server && !secured.has(socket)) states.set(socket, 'first')
  return states
}

/** `isBetween`: the parser has read the last request to its end, and nothing of a next one. */
function stateOf(socket: Socket, isBetween: boolean): State {
  const responses = [...(answering.get(socket) ?? [])]
  const last = responses.at(-1)
  if (last !== undefined && !last.req.complete) return 'request'
  if (unsent(socket) > 0) return 'reader'
  if (last !== undefined) return 'answer'
  if (socket.bytesRead === 0) return 'first'
  return isBetween ? 'nothing' : 'request'
}

/** Of the socket below one of TLS, too. */
interface Layers {
  readonly _handle?: { readonly writeQueueSize?: number } | null
  readonly _parent?: Socket | null
}

function openedAt(socket: Socket): number {
  const { _parent } = socket as Socket & Layers
  return open.get(_parent ?? socket) ?? 0
}

/** In this process; what the system has taken arrives also after the end of the connection. */
function unsent(socket: Socket): number {
  const { _handle, _parent } = socket as Socket & Layers
  const ofSystem = _handle?.writeQueueSize ?? 0
  return socket.writableLength + ofSystem + (_parent ? unsent(_parent) : 0)
}

function bytesOf(socket: Socket): string {
  const { _parent } = socket as Socket & Layers
  const own = `${socket.bytesRead} ${socket.bytesWritten} ${unsent(socket)}`
  return _parent ? `${own} ${bytesOf(_parent)}` : own
}
