/** HTTP/2: announces the end to each client first, and answers the requests it has sent by then. */
import type { Http2SecureServer, Http2Session, Http2Stream, Http2Server as PlainServer } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { answering, open, sessions, streams } from './connections.ts'
import { FRESH, unsent } from './drain-http.ts'
import { lookOften } from './quiet.ts'

export type Http2Server = PlainServer | Http2SecureServer

/** GOAWAY that announces the end, but still accepts all streams on their way (RFC 9113, 6.8). */
const NO_ERROR = 0
const EVERY_STREAM = 2 ** 31 - 1
/** Error code of a stream that is given up (RFC 9113, 7). */
const CANCEL = 8

/** Resolves with the number of clients that were cut off. */
export async function drainHttp2(
  server: Http2Server,
  stop: () => Promise<number>,
  timeout: number,
): Promise<number> {
  const ended = stop()
  const announcedAt = new Map<Http2Session, number>()
  const stuck = stuckFor(timeout)
  const cut = new Set<string>()
  const looking = lookOften((now) => {
    const alive = [...(sessions.get(server) ?? [])].filter((session) => !session.destroyed)
    for (const session of alive) {
      const since = announcedAt.get(session)
      if (since === undefined) {
        session.goaway(NO_ERROR, EVERY_STREAM)
        announcedAt.set(session, now)
      } else if (!session.closed && now - since > looking.silence()) session.close() // when its streams have ended
      for (const stream of streams.get(session) ?? []) {
        if (!stuck(stream, waitsFor(stream), now)) continue
        cut.add(clientOf(session.socket))
        stream.close(CANCEL)
      }
    }
    if (alive.length === 0) endLingering(now)
  })
  await ended.finally(looking.stop)
  return cut.size

  /** What has no session: a handshake that does not end, an end that the client does not confirm. */
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

/** One client, whose session may be cut off, and after that its socket. */
const clientOf = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress} ${remotePort}`

/** The client, as long as the text stays the same. Undefined: the app. */
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
