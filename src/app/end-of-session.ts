/**
 * The end of an HTTP/2 session, in the steps of RFC 9113, 6.8: it is announced while streams are still
 * accepted (without TLS), then no more are accepted, and once the client has had the answers, it is closed.
 */
import type { Http2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { streamEndedAt, streams } from './connections.ts'
import { FRESH } from './drain-http.ts'

const NO_ERROR = 0

/**
 * GOAWAY that announces the end, with the highest stream there can be. Node's own goaway() also makes it
 * ignore every stream that arrives after that, though the client has not read it yet.
 */
const ANNOUNCEMENT = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, NO_ERROR])

type Step =
  | { readonly is: 'serving' }
  | { readonly is: 'announced'; readonly at: number }
  | { readonly is: 'refusing' }
  | { readonly is: 'closing' }

export function endOfSession(session: Http2Session): {
  /** Call often. `silence`: how long nothing can be on its way at most, in ms. */
  readonly look: (now: number, silence: number) => void
} {
  let step: Step = { is: 'serving' }
  /** The client has answered what was sent after the announcement: what it sent before has arrived. */
  let hasRead = false
  return {
    look(now, silence) {
      step = next(now, silence)
    },
  }

  function next(now: number, silence: number): Step {
    if (session.closed) return { is: 'closing' }
    const patience = Math.max(FRESH, silence)
    switch (step.is) {
      case 'serving':
        // Over TLS Node allows no write beside its own.
        if (session.encrypted !== false) return refuse()
        socketOf(session).write(ANNOUNCEMENT)
        session.ping((error) => {
          hasRead = error === null
        })
        return { is: 'announced', at: now }
      case 'announced': {
        const time = now - step.at
        return time > silence && (hasRead || time > patience) ? refuse() : step
      }
      case 'refusing':
        // Many clients lose what they have not read yet where the connection ends: they end it themselves.
        if (streams.get(session)?.size || now - (streamEndedAt.get(session) ?? 0) <= patience) return step
        session.close()
        return { is: 'closing' }
      case 'closing':
        return step
    }
  }

  /** Names the last stream that was accepted: the client may ask for later ones again. */
  function refuse(): Step {
    session.goaway(NO_ERROR)
    return { is: 'refusing' }
  }
}

/** The socket itself, as its own methods return it: what a session gives out for it refuses to write. */
const socketOf = ({ socket }: Http2Session): Socket => socket.off('close', socketOf)
