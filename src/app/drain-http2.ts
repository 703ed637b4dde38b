/** HTTP/2: announces the end to each client first, and answers the requests it has sent by then. */
import type { Http2SecureServer, Http2Session, Http2Server as PlainServer } from 'node:http2'
import { sessions } from './connections.ts'
import { lookOften } from './quiet.ts'

export type Http2Server = PlainServer | Http2SecureServer

/** GOAWAY that announces the end, but still accepts all streams on their way (RFC 9113, 6.8). */
const NO_ERROR = 0
const EVERY_STREAM = 2 ** 31 - 1

export async function drainHttp2(server: Http2Server, stop: () => Promise<number>): Promise<number> {
  const ended = stop()
  const announcedAt = new Map<Http2Session, number>()
  const looking = lookOften((now) => {
    for (const session of sessions.get(server) ?? []) {
      if (session.closed || session.destroyed) continue
      const since = announcedAt.get(session)
      if (since === undefined) {
        session.goaway(NO_ERROR, EVERY_STREAM)
        announcedAt.set(session, now)
      } else if (now - since > looking.silence()) session.close() // when its streams have ended
    }
  })
  return ended.finally(looking.stop)
}
