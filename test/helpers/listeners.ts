/** Clients, and what listens where. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type NetConnectOpts } from 'node:net'

/** Connects, says a word, and gives back the whole answer. */
export async function asked(where: number | string, word = 'hello\n'): Promise<string> {
  const to: NetConnectOpts = typeof where === 'string' ? { path: where } : { port: where, host: '127.0.0.1' }
  const socket = connect(to).setEncoding('utf8')
  let answer = ''
  socket.on('data', (text: string) => {
    answer += text
  })
  socket.write(word)
  await once(socket, 'close') // rejects on an error
  return answer
}

/** How many connections wait on a listening port, until somebody accepts them (proc_net_tcp: rx_queue). */
export function waiting(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n'))
  const row = rows
    .map((one) => one.trim().split(/\s+/))
    .find((cells) => cells[1]?.endsWith(`:${hex}`) && cells[3] === '0A')
  if (row === undefined) throw new Error(`nobody listens on ${port}`)
  return Number.parseInt(row[4]?.split(':')[1] ?? '', 16)
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
