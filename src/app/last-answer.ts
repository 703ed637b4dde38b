/** Makes the last response on each connection, and no earlier one, carry `Connection: close`. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { answering } from './connections.ts'
import { allSockets } from './parsers.ts'

const REQUESTS = ['request', 'checkContinue', 'checkExpectation']

/** Returns a function that restores the server. */
export function announceLast(server: Server): () => void {
  const emit = server.emit
  const hadOwn = Object.hasOwn(server, 'emit')
  server.emit = function (this: Server, name: string | symbol, ...args: unknown[]): boolean {
    // Not those of HTTP/2, whose sessions say it themselves.
    if (!REQUESTS.includes(name as string) || !isHttp1(args[1]))
      return Reflect.apply(emit, this, [name, ...args])
    const [{ socket }] = args as [IncomingMessage, ServerResponse]
    mark(socket)
    // Delayed, so that all pipelined requests are known when the app sees the first.
    setImmediate(() => Reflect.apply(emit, this, [name, ...args]))
    return true
  } as Server['emit']
  for (const socket of allSockets(server)) mark(socket)
  return () => {
    if (hadOwn) server.emit = emit
    else Reflect.deleteProperty(server, 'emit')
  }
}

/** Node's module is there by then; to import it above would double the boot of every app. */
const isHttp1 = (response: unknown): boolean =>
  response instanceof process.getBuiltinModule('node:http').OutgoingMessage

/** The original `shouldKeepAlive` of each response that was marked. */
const originals = new WeakMap<ServerResponse, boolean>()

function mark(socket: Socket): void {
  const responses = [...(answering.get(socket) ?? [])]
  const last = responses.pop()
  for (const response of responses)
    if (!response.headersSent) response.shouldKeepAlive = originals.get(response) ?? response.shouldKeepAlive
  if (last === undefined || last.headersSent) return
  if (!originals.has(last)) originals.set(last, last.shouldKeepAlive)
  last.shouldKeepAlive = false
}
