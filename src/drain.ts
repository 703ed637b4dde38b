/** Ends a server so that no client notices. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import net from 'node:net'

/** How long a connection may be silent before it counts as unused, ms. */
const SILENT = 200

/**
 * Stops a server of node:http, node:https or node:net, and resolves when its last connection has
 * ended. New connections wait for the next generation (see `listenOn`); requests in flight, and
 * those that are on their way on open connections, are answered, each with `Connection: close`;
 * connections that stay silent for 200 ms are closed.
 *
 * `server.close()` is not enough: it destroys idle connections at once, whose next request may be
 * on its way. Responses without end (server-sent events, WebSockets) must be ended by the app; see
 * `restartSignal`.
 */
export async function drain(server: net.Server | HttpServer): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    // The close of the net server: that of the http server destroys connections.
    net.Server.prototype.close.call(server, (error?: Error & { code?: string }) => {
      if (error === undefined || error.code === 'ERR_SERVER_NOT_RUNNING') resolve()
      else reject(error)
    })
  })
  if (!isHttp(server)) return closed
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close')
  })
  // Whoever asked in the meantime was told to close. What is open now has been silent all the time,
  // or is being answered, and silent later.
  const timer = setInterval(() => server.closeIdleConnections(), SILENT)
  await closed
  clearInterval(timer)
}

const isHttp = (server: net.Server | HttpServer): server is HttpServer => 'closeIdleConnections' in server
