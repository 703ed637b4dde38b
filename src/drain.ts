/** Ends a server so that no client notices. */
import { subscribe } from 'node:diagnostics_channel'
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import net from 'node:net'

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
 * connections of a node:net server: only the app knows when their protocol lets it.
 */
export async function drain(server: net.Server | HttpServer): Promise<void> {
  if (!isHttp(server)) return closed(server, server.close)
  const ended = closed(server, net.Server.prototype.close) // that of node:http destroys connections
  const sweep = setTimeout(() => setImmediate(closeSilent, server), SILENT)
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
}

function closed(server: net.Server, close: net.Server['close']): Promise<void> {
  return new Promise((resolve, reject) => {
    close.call(server, (error?: Error & { code?: string }) => {
      if (error === undefined || error.code === 'ERR_SERVER_NOT_RUNNING') resolve()
      else reject(error)
    })
  })
}

const isHttp = (server: net.Server | HttpServer): server is HttpServer => 'closeIdleConnections' in server

/**
 * Nothing has come on an idle connection for a while: not even now, since this runs right after the
 * event loop has read what there was.
 */
function closeSilent(server: HttpServer): void {
  server.closeIdleConnections()
  // Opened ahead, as browsers do. Before Node 26 they do not count as idle.
  for (const socket of open) if (socket.server === server && socket.bytesRead === 0) socket.destroy()
}

/** Noted from the start, of all servers: a server that is to be drained cannot be asked. */
const open = new Set<net.Socket & { readonly server?: unknown }>()
const answering = new WeakMap<object, Set<ServerResponse>>()

subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: net.Socket }
  open.add(socket)
  socket.once('close', () => open.delete(socket))
})

subscribe('http.server.request.start', (message) => {
  const { server, response } = message as { server: object; response: ServerResponse }
  const responses = answering.get(server) ?? new Set()
  answering.set(server, responses.add(response))
  response.once('close', () => responses.delete(response))
})
