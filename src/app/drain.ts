/** Shuts a server down without any client noticing. */
import type { Server as HttpServer } from 'node:http'
import type { Server } from 'node:net'
import { role } from '../role.ts'
import { raise } from '../system/raise.ts'
import { ACCEPTS_AHEAD, betweenClients } from './between-clients.ts'
import { trackConnections } from './connections.ts'
import { drainHttp } from './drain-http.ts'
import { drainHttp2, type Http2Server } from './drain-http2.ts'

/** Options of `drain()`. */
export interface DrainOptions {
  /**
   * How long to wait for a client that does not finish its request, or stops reading the response,
   * in ms. Default: 30,000. `Infinity` waits forever.
   */
  readonly timeout?: number
}

/**
 * Stops a server of node:http, node:https, node:http2 or node:net, and resolves when its last
 * connection has ended. New connections wait for the next generation (see `listenOn`). Every request
 * that a client has sent is answered completely, however slowly it reads; the last response on a
 * connection carries `Connection: close`. A connection without a request is closed once it has been
 * silent for 200 ms; for longer if the event loop was late (at most 4 s), or if clients recently paused for longer
 * between two requests (at most 2 s). With a framework, drain the server inside it before calling the
 * framework's own `close()`. In a cluster set `cluster.schedulingPolicy = cluster.SCHED_NONE`: by default the
 * primary accepts what no worker takes any more, and those connections are lost when the last worker has drained.
 * Over HTTP/2 with TLS, Node refuses a stream that the client began before it read of the end (REFUSED_STREAM): the
 * client may repeat any such request, and browsers do so by themselves.
 *
 * `server.close()` is not enough: it immediately destroys idle connections whose next request may be
 * on its way, and those whose response is still being read. The app itself must end responses without
 * end (server-sent events, WebSockets; see `restartSignal`) and the connections of a node:net server:
 * for the latter this stops the server, and waits. A server that is not listening is drained already.
 *
 * A client that does not finish its request within `timeout` is cut off, and one line says so.
 * Rejects with a `TypeError` for anything but a Node server (an Express app is not one: `app.listen()` returns
 * it), and for a timeout that is not a number above 0.
 */
export async function drain(
  server: Server | HttpServer,
  { timeout = 30_000 }: DrainOptions = {},
): Promise<void> {
  if (typeof timeout !== 'number' || !(timeout > 0))
    raise(
      new TypeError(`drain(server, { timeout }): expected a number of ms above 0, got ${String(timeout)}`),
      drain,
    )
  if (!(server instanceof net().Server) && process.versions.bun === undefined)
    raise(
      new TypeError(
        `drain(server): expected a Node server, such as the result of app.listen(), or app.server, got ${kindOf(server)}`,
      ),
      drain,
    )
  trackConnections()
  const cut = await drainByKind(server, timeout)
  if (cut > 0)
    note(
      `drain(): cut off ${cut === 1 ? 'a client' : `${cut} clients`} that did not finish within ${timeout / 1000} s`,
    )
}

/** Not imported: a program without a server does not need it. */
const net = () => process.getBuiltinModule('node:net')

const kindOf = (value: unknown): string => (value === null ? 'null' : `a value of type ${typeof value}`)

/** Resolves with the number of clients that were cut off. */
async function drainByKind(server: Server | HttpServer, timeout: number): Promise<number> {
  // In Bun the server is not a net.Server, and can only be closed by its own close().
  if (!(server instanceof net().Server)) return closed(server, (server as Server).close)
  if (ACCEPTS_AHEAD) await betweenClients(server)
  // Not the close() of node:http or node:http2, which would destroy connections.
  const stop = () => closed(server, net().Server.prototype.close)
  if ('updateSettings' in server) return drainHttp2(server as Http2Server, stop, timeout)
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

function note(text: string): void {
  if (role.is === 'child') role.send({ is: 'note', text })
  else console.error(`[exit75] ${text}`)
}
