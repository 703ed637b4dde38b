/** Tracks open connections, since a server cannot list them later. Small: every program loads it. */
import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import type { Http2Session, Http2Stream } from 'node:http2'
import type { Server, Socket } from 'node:net'

/** Connections of all servers, with the time when each was accepted (performance.now()). */
export const open: Map<Socket & { readonly server?: unknown }, number> = new Map()
/** Responses in progress, oldest first, by the socket of the request. */
export const answering: WeakMap<Socket, Set<ServerResponse>> = new WeakMap()
/** Connections whose TLS handshake is complete. */
export const secured: WeakSet<Socket> = new WeakSet()
/** Sessions of node:http2 servers. */
export const sessions: WeakMap<object, Set<Http2Session>> = new WeakMap()
/** Their open streams. */
export const streams: WeakMap<Http2Session, Set<Http2Stream>> = new WeakMap()
/** When the last stream of each ended (performance.now()). */
export const streamEndedAt: WeakMap<Http2Session, number> = new WeakMap()

interface Request {
  readonly response: ServerResponse
  readonly socket: Socket
}

/** Begins to track open connections. A second call does nothing. */
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

/** A client that pauses longer than this between two requests is idle, in ms. */
const MAX_PAUSE = 1000
/** How long a pause is remembered at least, in ms. */
const REMEMBERED = 10_000

const answeredAt = new WeakMap<Socket, number>()
let pauses = { since: 0, longest: 0, before: 0 }

/** Returns the longest recent pause of a client between two requests on one connection, in ms. */
export const longestPause = (): number => Math.max(pauses.longest, pauses.before)

function notePause(socket: Socket): void {
  const now = performance.now()
  if (now - pauses.since > REMEMBERED) pauses = { since: now, longest: 0, before: pauses.longest }
  const pause = now - (answeredAt.get(socket) ?? now)
  if (pause < MAX_PAUSE) pauses.longest = Math.max(pauses.longest, pause)
}

/** TLS handshakes and HTTP/2 sessions are reported only by the server's own events. */
function noteSecure(server: Server): void {
  if ('setSecureContext' in server) server.on('secureConnection', noteSecured)
  if ('updateSettings' in server) server.on('session', noteSession)
}

const noteSecured = (socket: object): void => {
  const { _parent } = socket as { _parent?: Socket | null }
  if (_parent) secured.add(_parent)
}

function noteSession(this: object, session: Http2Session): void {
  const ofServer = sessions.get(this) ?? new Set()
  sessions.set(this, ofServer.add(session))
  session.once('close', () => ofServer.delete(session))
  const ofSession = new Set<Http2Stream>()
  streams.set(session, ofSession)
  session.on('stream', (stream: Http2Stream) => {
    ofSession.add(stream)
    stream.once('close', () => {
      ofSession.delete(stream)
      streamEndedAt.set(session, performance.now())
    })
  })
}
