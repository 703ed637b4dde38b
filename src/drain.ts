/** Ends a server so that no client notices. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import net from 'node:net'
import { answering, open } from './connections.ts'

/** How long a connection may be silent before it counts as unused, ms. */
const SILENT = 200

/** The work of the public function of this name: see on-demand.ts. */
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
