/**
 * Makes the last response on each connection, and no earlier one, carry `Connection: close`. After it the
 * connection is closed for writing only: what the client is still sending, unread, would make the system
 * reset the connection, and the client lose what it has not read of the response (RFC 9112, 9.6).
 */
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
    // Not for HTTP/2, whose sessions announce their end themselves.
    if (!REQUESTS.includes(name as string) || !isHttp1(args[1]))
      return Reflect.apply(emit, this, [name, ...args])
    const [request] = args as [IncomingMessage, ServerResponse]
    const { socket } = request
    if (isOver(socket)) {
      request.resume() // the client has been told, and asks again elsewhere
      return true
    }
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

/** Node has loaded the module by then; importing it above would double the boot time of every app. */
const isHttp1 = (response: unknown): boolean =>
  response instanceof process.getBuiltinModule('node:http').OutgoingMessage

/** The original `shouldKeepAlive` of each response that was marked. */
const originals = new WeakMap<ServerResponse, boolean>()

function mark(socket: Socket): void {
  const responses = [...(answering.get(socket) ?? [])]
  const last = responses.pop()
  for (const response of responses) {
    lasts.delete(response)
    if (!response.headersSent) response.shouldKeepAlive = originals.get(response) ?? response.shouldKeepAlive
  }
  if (last === undefined || last.headersSent) return
  if (!originals.has(last)) {
    originals.set(last, last.shouldKeepAlive)
    overruleKeepAlive(last)
  }
  lasts.add(last)
  last.shouldKeepAlive = false
  socket.destroySoon = () => void socket.end() // drain-http.ts closes it when the client has nothing more to send
}

/** Whether a response has announced the end: no later request is answered. */
const isOver = (socket: Socket): boolean =>
  socket.writableEnded ||
  [...(answering.get(socket) ?? [])].some((response) => response.headersSent && lasts.has(response))

/** Responses that are the last ones as far as is known. */
const lasts = new WeakSet<ServerResponse>()

/** A proxy passes on `Connection: keep-alive`, which Node prefers to its own: a busy client would never leave. */
function overruleKeepAlive(response: ServerResponse): void {
  const { writeHead } = response
  response.writeHead = function (this: ServerResponse, ...args: unknown[]): ServerResponse {
    if (!lasts.has(response)) return Reflect.apply(writeHead, this, args)
    if (isKeepAlive('connection', response.getHeader('connection'))) response.setHeader('Connection', 'close')
    return Reflect.apply(writeHead, this, args.map(closing))
  } as ServerResponse['writeHead']
}

const isKeepAlive = (name: unknown, value: unknown): boolean =>
  /^connection$/i.test(String(name)) && /^keep-alive$/i.test(String(value))

/** Returns headers for writeHead() with a closing connection: an object, pairs, or names and values in turn. */
function closing(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return headers
  if (!Array.isArray(headers))
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, isKeepAlive(name, value) ? 'close' : value]),
    )
  return headers.map((one, at) => {
    if (Array.isArray(one)) return isKeepAlive(one[0], one[1]) ? [one[0], 'close'] : one
    return at % 2 === 1 && isKeepAlive(headers[at - 1], one) ? 'close' : one
  })
}
