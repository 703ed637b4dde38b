/** Sees to it that the last answer of each connection, and no earlier one, says `Connection: close`. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { answering } from './connections.ts'
import { allSockets } from './parsers.ts'

const REQUESTS = ['request', 'checkContinue', 'checkExpectation']

/** Returns a function that leaves the server as it was. */
export function announceLast(server: Server): () => void {
  const emit = server.emit
  const had = Object.hasOwn(server, 'emit')
  server.emit = function (this: Server, name: string | symbol, ...args: unknown[]): boolean {
    if (!REQUESTS.includes(name as string)) return Reflect.apply(emit, this, [name, ...args])
    const [{ socket }] = args as [IncomingMessage, ServerResponse]
    mark(socket)
    // A client may have sent several: all are known when the app sees the first one.
    setImmediate(() => Reflect.apply(emit, this, [name, ...args]))
    return true
  } as Server['emit']
  for (const socket of allSockets(server)) mark(socket)
  return () => {
    if (had) server.emit = emit
    else Reflect.deleteProperty(server, 'emit')
  }
}

/** What it was before this asked for the end. */
const lasting = new WeakMap<ServerResponse, boolean>()

function mark(socket: Socket): void {
  const responses = [...(answering.get(socket) ?? [])]
  const last = responses.pop()
  for (const response of responses)
    if (!response.headersSent) response.shouldKeepAlive = lasting.get(response) ?? response.shouldKeepAlive
  if (last === undefined || last.headersSent) return
  if (!lasting.has(last)) lasting.set(last, last.shouldKeepAlive)
  last.shouldKeepAlive = false
}
