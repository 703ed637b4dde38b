/** What the HTTP parsers of a server know, which it does not tell. */
import type { Server } from 'node:http'
import { Socket } from 'node:net'

/** All connections that speak HTTP: not those that were upgraded, or whose TLS handshake is not over. */
export const allSockets = (server: Server): Set<Socket> => destroyedBy(() => server.closeAllConnections())

/** Those on which the last request was read to its end, and nothing of a next one. */
export const socketsBetweenRequests = (server: Server): Set<Socket> =>
  destroyedBy(() => server.closeIdleConnections())

/**
 * What the server would destroy: it tells nothing else about its parsers. Nothing is destroyed: it
 * is over before any other code runs.
 */
function destroyedBy(act: () => void): Set<Socket> {
  const found = new Set<Socket>()
  const own = Object.getOwnPropertyDescriptor(Socket.prototype, 'destroy')
  Socket.prototype.destroy = function (this: Socket) {
    found.add(this)
    return this
  }
  try {
    act()
  } finally {
    if (own === undefined) Reflect.deleteProperty(Socket.prototype, 'destroy')
    else Object.defineProperty(Socket.prototype, 'destroy', own)
  }
  return found
}
