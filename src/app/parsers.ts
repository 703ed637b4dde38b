/** The state of a server's HTTP parsers, for which there is no API. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Returns all HTTP connections, but not upgraded ones, nor those still in their TLS handshake. For an HTTP/2
 * server that allows HTTP/1, only those between two requests.
 */
export const allSockets = (server: Server): Set<Socket> =>
  destroyedBy(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    else (server as Server).closeIdleConnections()
  })

/** Returns the connections whose last request was read completely, and nothing of the next. */
export const socketsBetweenRequests = (server: Server): Set<Socket> =>
  destroyedBy(() => server.closeIdleConnections())

/**
 * Returns the sockets that the server would destroy, its only hint about its parsers. None is destroyed,
 * and the method is restored before any other code runs.
 */
function destroyedBy(act: () => void): Set<Socket> {
  const { Socket } = process.getBuiltinModule('node:net')
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
