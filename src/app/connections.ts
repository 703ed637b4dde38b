/** What servers have open, noted from the start: one that is to be drained cannot be asked. Small, as every program loads it. */
import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import type { Http2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'

/** Connections of all servers, with the time at which each was accepted (performance.now()). */
export const open: Map<Socket & { readonly server?: unknown }, number> = new Map()
/** Requests that are being answered, oldest first, by the socket that they came on. */
export const answering: WeakMap<Socket, Set<ServerResponse>> = new WeakMap()
/** Connections whose TLS handshake is over. */
export const secured: WeakSet<Socket> = new WeakSet()
/** Sessions of servers of node:http2. */
export const sessions: WeakMap<object, Set<Http2Session>> = new WeakMap()

interface Request {
  readonly response: ServerResponse
  readonly socket: Socket
}

/** Notes from now on what is open. A second call does nothing. */
export function trackConnections(): void {
  if (isTracking) return
  isTracking = true
  subscribe('tracing:net.server.listen:asyncStart', (message) => {
    noteSecure((message as { server: Server }).server)
  })
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { socket: Socket }
    open.set(socket, performance.now())
    socket.once('close', () => open.delete(socket))
  })
  subscribe('http.server.request.start', (message) => {
    const { response, socket } = message as Request
    const responses = answering.get(socket) ?? new Set()
    answering.set(socket, responses.add(response))
    notePause(socket)
    response.once('close', () => {
      responses.delete(response)
      answeredAt.set(socket, performance.now())
    })
  })
}

let isTracking = false

/** A client that pauses for longer between two requests is not in the middle of anything, ms. */
const MAX_PAUSE = 1000
/** How long a pause is remembered, at least, ms. */
const REMEMBERED = 10_000

const answeredAt = new WeakMap<Socket, number>()
let pauses = { since: 0, longest: 0, before: 0 }

/** The longest that clients have lately paused between two requests on one connection, ms. */
export const longestPause = (): number => Math.max(pauses.longest, pauses.before)

function notePause(socket: Socket): void {
  const now = performance.now()
  if (now - pauses.since > REMEMBERED) pauses = { since: now, longest: 0, before: pauses.longest }
  const pause = now - (answeredAt.get(socket) ?? now)
  if (pause < MAX_PAUSE) pauses.longest = Math.max(pauses.longest, pause)
}

/** What these servers have beside their connections is told by their own events alone. */
function noteSecure(server: Server): void {
  if ('setSecureContext' in server) server.on('secureConnection', noteSecured)
  if ('updateSettings' in server) server.on('session', noteSession)
}

const noteSecured = (socket: object): void => {
  const { _parent } = socket as { _parent?: Socket | null }
  if (_parent) secured.add(_parent)
}

function noteSession(this: object, session: Http2Session): void {
  const all = sessions.get(this) ?? new Set()
  sessions.set(this, all.add(session))
  session.once('close', () => all.delete(session))
}
