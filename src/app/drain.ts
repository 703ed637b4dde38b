/** Ends a server so that no client notices. */
import type { Server as HttpServer } from 'node:http'
import net, { type Server } from 'node:net'
import { CHILD, role } from '../role.ts'
import { trackConnections } from './connections.ts'
import { drainHttp } from './drain-http.ts'
import { drainHttp2, type Http2Server } from './drain-http2.ts'

/** Options of `drain()`. */
export interface DrainOptions {
  /**
   * How long it waits for a client that does not finish its request, or takes nothing more of the
   * answer, in ms. Default: 30,000. `Infinity` waits for ever.
   */
  readonly timeout?: number
}

/**
 * Stops a server of node:http, node:https, node:http2 or node:net, and resolves when its last
 * connection has ended. New connections wait for the next generation (see `listenOn`). Every request
 * that a client has sent is answered to the end, however slowly it reads; the last one of a
 * connection gets `Connection: close`. A connection without a request is closed once it has been
 * silent for 200 ms; for longer where the event loop was late, or where clients lately paused for
 * longer between two requests (at most 2 s). With a framework it is the server inside that is drained, before the framework's own `close()`.
 *
 * `server.close()` is not enough: it destroys idle connections at once, whose next request may be
 * on its way, and those whose answer is still being read. Responses without end (server-sent events,
 * WebSockets) must be ended by the app; see `restartSignal`. So must the connections of a node:net
 * server: for these it stops the server, and waits. A server that does not listen is drained at once.
 *
 * A client that does not finish its request within `timeout` is cut off, and one line says so.
 * Rejects with a `TypeError` for a timeout that is not a number above 0.
 */
export async function drain(
  server: Server | HttpServer,
  { timeout = 30_000 }: DrainOptions = {},
): Promise<void> {
  if (typeof timeout !== 'number' || !(timeout > 0))
    throw new TypeError(`drain(server, { timeout }): expected ms above 0, got ${String(timeout)}`)
  trackConnections()
  const cut = await drainAsItIs(server, timeout)
  if (cut > 0)
    tell(
      `drain(): cut off ${cut === 1 ? 'a client' : `${cut} clients`} that did not finish within ${timeout / 1000} s`,
    )
}

/** Resolves to how many clients were cut off. */
async function drainAsItIs(server: Server | HttpServer, timeout: number): Promise<number> {
  // In Bun it is not a net.Server, and its own close() is all that there is.
  if (!(server instanceof net.Server)) return closed(server, (server as Server).close)
  // Those of node:http and node:http2 do more: they destroy connections.
  const stop = () => closed(server, net.Server.prototype.close)
  if ('updateSettings' in server) return drainHttp2(server as Http2Server, stop)
  if ('closeIdleConnections' in server) return drainHttp(server as HttpServer, stop, timeout)
  return closed(server, server.close)
}

function closed(server: Server, close: Server['close']): Promise<number> {
  return new Promise((resolve, reject) => {
    close.call(server, (error?: Error & { code?: string }) => {
      if (error === undefined || error.code === 'ERR_SERVER_NOT_RUNNING') resolve(0)
      else reject(error)
    })
  })
}

function tell(text: string): void {
  if (CHILD && role.is === 'child') role.send({ is: 'note', text })
  else console.error(`[exit75] ${text}`)
}
