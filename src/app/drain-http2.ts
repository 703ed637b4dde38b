/** HTTP/2: announces the end to each client first, and answers the requests it has sent by then. */
import type { Server as HttpServer } from 'node:http'
import type { Http2SecureServer, Http2Session, Http2Stream, Http2Server as PlainServer } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { answering, open, sessions, streams } from './connections.ts'
import { closerOf, FRESH, unsent } from './drain-http.ts'
import { endOfSession } from './end-of-session.ts'
import { announceLast } from './last-answer.ts'
import { lookOften } from './quiet.ts'

export type Http2Server = PlainServer | Http2SecureServer

/** Error code of a stream that is given up (RFC 9113, 7). */
const CANCEL = 8

/** Resolves with the number of clients that were cut off. */
export async function drainHttp2(
  server: Http2Server,
  stop: () => Promise<number>,
  timeout: number,
): Promise<number> {
  const ended = stop()
  const ends = new Map<Http2Session, ReturnType<typeof endOfSession>>()
  const stuck = stuckFor(timeout)
  const cut = new Set<string>()
  const http1 = 'closeIdleConnections' in server ? (server as unknown as HttpServer) : undefined // `allowHTTP1`
  const closeHttp1 = http1 && closerOf(http1, timeout)
  const looking = lookOften((now) => {
    const alive = [...(sessions.get(server) ?? [])].filter((session) => !session.destroyed)
    for (const session of alive) {
      const end = ends.get(session)
      // Not at the first look: by the next one, Node's own first frames have been sent.
      if (end === undefined) ends.set(session, endOfSession(session, timeout))
      else if (end.look(now, looking.silence())) cut.add(clientOf(session.socket))
      for (const stream of streams.get(session) ?? []) {
        if (!stuck(stream, waitsFor(stream), now)) continue
        cut.add(clientOf(session.socket))
        stream.close(CANCEL)
      }
    }
    closeHttp1?.(now, looking.silence())
    if (alive.length === 0) endLingering(now)
  })
  const undo = http1 && announceLast(http1)
  await ended.finally(looking.stop).finally(undo)
  return cut.size

  /** Ends connections without a session: a handshake that does not finish, an end that the client does not confirm. */
  function endLingering(now: number): void {
    for (const socket of open.keys()) {
      if (socket.server !== (server as Server) || answering.get(socket)?.size) continue
      const isUnused =
        socket.bytesRead === 0 && now - (open.get(socket) ?? 0) > Math.max(FRESH, looking.silence())
      const isStuck = stuck(socket, unsent(socket) > 0 ? `reader ${unsent(socket)}` : 'client', now)
      if (isStuck) cut.add(clientOf(socket))
      if (isUnused || isStuck) socket.destroy()
    }
  }
}

/** Returns a name for a client: first its session may be cut off, then its socket, and it counts once. */
const clientOf = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress} ${remotePort}`

/** Returns what a stream waits for from its client, which is stuck while the text stays the same. Undefined: the app. */
function waitsFor(stream: Http2Stream): string | undefined {
  const { remoteClose } = stream.state
  const buffered = stream.bufferSize
  if (buffered > 0) return `reader ${buffered}`
  return remoteClose === 0 ? 'request' : undefined
}

/** Returns a function that says whether something has been the same for longer than this, in ms. */
function stuckFor(timeout: number): (what: object, state: string | undefined, now: number) => boolean {
  const seen = new WeakMap<object, { state: string | undefined; since: number }>()
  return (what, state, now) => {
    const entry = seen.get(what)
    if (entry?.state === state) return state !== undefined && now - (entry?.since ?? now) > timeout
    seen.set(what, { state, since: now })
    return false
  }
}
