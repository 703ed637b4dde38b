/** WebSockets for servers and clients of the tests: Node 20 has none of its own. */
import { createRequire } from 'node:module'
import { installInto } from '../helpers/install.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { pinned } from './packages.ts'

/** The part of `ws` that the tests use. */
interface Socket {
  send(text: string): void
  close(): void
  once(event: string, listener: () => void): this
  on(event: 'message', listener: (data: Buffer) => void): this
  on(event: 'close', listener: () => void): this
}
interface WebSockets {
  readonly WebSocket: new (url: string) => Socket
  readonly WebSocketServer: new (options: {
    server: unknown
  }) => {
    on(event: 'connection', listener: (socket: Socket) => void): unknown
  }
}

export async function webSockets(t: Parameters<typeof tempDir>[0]): Promise<WebSockets> {
  const dir = tempDir(t, {})
  installInto(dir.path, pinned('ws'))
  return createRequire(dir.file('of-the-test'))('ws')
}
