/** Ends a server so that no client notices. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'
import { answering, open, secure } from './connections.ts'

/** How long a connection may be silent before it counts as unused, ms. */
const SILENT = 200

/**
 * Stops a server of node:http, node:https or node:net, and resolves when its last connection has
 * ended. New connections wait for the next generation (see `listenOn`); requests in flight, and
 * those that are on their way on open connections, are answered, each with `Connection: close`;
 * connections that stay silent for 200 ms are closed. With a framework it is the server inside that
 * is drained, before the framework's own `close()`.
 *
 * `server.close()` is not enough: it destroys idle connections at once, whose next request may be
 * on its way, and on Node 20 to 24 it waits for those that never ask anything. Responses without
 * end (server-sent events, WebSockets) must be ended by the app; see `restartSignal`. So must the
 * connections of a node:net server, and the sessions of a node:http2 one (`session.close()`): for
 * these it stops the server, and waits. A server that does not listen is drained at once.
 */
export async function drain(server: net.Server | HttpServer): Promise<void> {
  if (!isHttp(server)) return closed(server, server.close)
  const ended = closed(server, net.Server.prototype.close) // that of node:http destroys connections
  // Right after the event loop has read what there was: not even now has anything come.
  const sweep = setTimeout(() => setImmediate(() => server.closeIdleConnections()), SILENT)
  const heard: Heard = new Map()
  closeUnused(server, heard)
  const unused = setInterval(() => setImmediate(closeUnused, server, heard), SILENT)
  const answerLast = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close')
    // Too late for a word: the client takes the connection for a lasting one, and may ask again.
    else response.once('close', () => sweep.refresh())
  }
  for (const response of answering.get(server) ?? []) answerLast(response)
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) =>
    answerLast(response),
  )
  await ended
  clearTimeout(sweep)
  clearInterval(unused)
}

function closed(server: net.Server, close: net.Server['close']): Promise<void> {
  return new Promise((resolve, reject) => {
    close.call(server, (error?: Error & { code?: string }) => {
      if (error === undefined || error.code === 'ERR_SERVER_NOT_RUNNING') resolve()
      else reject(error)
    })
  })
}

/**
 * Those of node:http2 look like it, and their connections are not ours to end. In Bun it is no
 * net.Server, and its own close() is all that there is.
 */
const isHttp = (server: net.Server | HttpServer): server is HttpServer =>
  'closeIdleConnections' in server && !('updateSettings' in server) && server instanceof net.Server

/** How much had come on a connection when it was last looked at. */
type Heard = Map<Socket, number>

/**
 * Closes what was opened ahead, as browsers do, and has not been asked anything. (Before Node 26 it
 * does not count as idle.)
 */
function closeUnused(server: HttpServer, heard: Heard): void {
  const isUnused = 'setSecureContext' in server ? unusedSecure() : ({ bytesRead }: Socket) => bytesRead === 0
  for (const socket of open) {
    if (socket.server !== server) continue
    if (heard.get(socket) === socket.bytesRead && isUnused(socket)) socket.destroy()
    else heard.set(socket, socket.bytesRead)
  }
}

/** With TLS something has come on it all the same: the handshake. */
function unusedSecure(): (socket: Socket) => boolean {
  const used = new Set([...secure].map(peerOf))
  return (socket) => !used.has(peerOf(socket))
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
