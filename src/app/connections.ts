/** What servers have open, noted from the start: one that is to be drained cannot be asked. */
import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Connections of all servers. */
export const open: Set<Socket & { readonly server?: unknown }> = new Set()
/** Requests that are being answered, by their server. */
export const answering: WeakMap<object, Set<ServerResponse>> = new WeakMap()
/** What requests have come on over TLS: sockets of their own, on top of those in `open`. */
export const secure: Set<Socket> = new Set()

interface Request {
  readonly server: object
  readonly response: ServerResponse
  readonly socket: Socket
}

/** Begins to note it, for all servers of this thread. */
export function noteConnections(): void {
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { socket: Socket }
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  subscribe('http.server.request.start', (message) => {
    const { server, response, socket } = message as Request
    const responses = answering.get(server) ?? new Set()
    answering.set(server, responses.add(response))
    response.once('close', () => responses.delete(response))
    if (!('encrypted' in socket) || secure.has(socket)) return
    secure.add(socket)
    socket.once('close', () => secure.delete(socket))
  })
}
