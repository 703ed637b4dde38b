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
 * GOAWAY that announces the end, with the highest possible stream. Node's own goaway() also makes it
 * ignore every stream that arrives after that, though the client has not read it yet.
 */
const ANNOUNCEMENT = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, NO_ERROR])

type Step =
  | { readonly is: 'serving' }
  | { readonly is: 'announced'; readonly at: number }
  | { readonly is: 'refusing' }
  | { readonly is: 'closing'; readonly isCut?: true }

/** `timeout`: how long a client that has announced its own end may take to read the last answer, in ms. */
export function endOfSession(
  session: Http2Session,
  timeout: number,
): {
  /** Call often. Returns whether the client was cut off. `silence`: as long as anything can be on its way, in ms. */
  readonly look: (now: number, silence: number) => boolean
} {
  let step: Step = { is: 'serving' }
  /** The client has answered what was sent after the announcement: what it sent before has arrived. */
  let hasRead = false
  /** It has answered with an announcement of its own, as Node's client does, and ends the session itself. */
  let endsItself = false
  session.once('goaway', () => {
    endsItself = true
  })
  const close = leftToUs(session)
  /** It has read all, and has ended its side of the connection. */
  let hasLeft = false
  socketOf(session).once('end', () => {
    hasLeft = true
  })
  return {
    look(now, silence) {
      step = next(now, silence)
      return step.is === 'closing' && step.isCut === true
    },
  }

  function next(now: number, silence: number): Step {
    if (session.closed) return { is: 'closing' }
    switch (step.is) {
      case 'serving':
        // Over TLS, Node allows no writes but its own.
        if (session.encrypted !== false) return refuse()
        socketOf(session).write(ANNOUNCEMENT)
        session.ping((error) => {
          hasRead = error === null
        })
        return { is: 'announced', at: now }
      case 'announced': {
        const time = now - step.at
        return time > silence && (hasRead || time > Math.max(FRESH, silence)) ? refuse() : step
      }
      case 'refusing': {
        // Many clients lose unread data when the connection ends, so those that end it themselves get time.
        const patience = endsItself ? timeout : Math.max(FRESH, silence)
        if (streams.get(session)?.size) return step
        keepReading(session)
        if (!hasLeft && now - (streamEndedAt.get(session) ?? 0) <= patience) return step
        close()
        return endsItself && !hasLeft ? { is: 'closing', isCut: true } : { is: 'closing' }
      }
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

/** Returns the socket itself, as its own methods do: the proxy that a session gives out refuses to write. */
const socketOf = ({ socket }: Http2Session): Socket => socket.off('close', socketOf)

/**
 * Node closes a session when the client announces its end, and the connection with the last answer, though
 * the client may not have read that. Prevents it, and returns a function that closes the session.
 */
function leftToUs(session: Http2Session): () => void {
  const { close } = session
  session.close = (callback) => {
    if (callback) session.once('close', callback)
  }
  return () => close.call(session)
}

/** After an announcement and the last stream, Node stops reading, and would never see the client leave. */
function keepReading(session: Http2Session): void {
  const { _handle } = socketOf(session) as Socket & { _handle?: { readStart?(): void } | null }
  _handle?.readStart?.()
}
