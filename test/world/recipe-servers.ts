/** What recipes talk to: a real Redis, stand-ins for Telegram and Discord. Each gives the variables for the recipe. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { freePort } from '../helpers/listeners.ts'
import { startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { webSockets } from './web-sockets.ts'

type Test = Parameters<typeof tempDir>[0]

export async function redis(t: Test): Promise<Record<string, string>> {
  const port = await freePort()
  const dir = tempDir(t, {})
  const server = startCommand(t, 'redis-server', ['--port', String(port), '--save', ''], { cwd: dir.path })
  await server.says(/Ready to accept connections/)
  return { REDIS_URL: `redis://127.0.0.1:${port}` }
}

export async function telegram(t: Test): Promise<Record<string, string>> {
  const results: Record<string, unknown> = {
    getMe: { id: 1, is_bot: true, first_name: 'Bot', username: 'greeter' },
    getUpdates: [],
  }
  const server = createServer(async (request, response) => {
    await text(request)
    const method = request.url?.split('/').at(-1) ?? ''
    const answer = () => respond(response, { ok: true, result: results[method] ?? true })
    if (method === 'getUpdates') setTimeout(answer, 50)
    else answer()
  })
  return { TELEGRAM_API: await addressOf(t, server), BOT_TOKEN: '1:token' }
}

export async function discord(t: Test): Promise<Record<string, string>> {
  const { WebSocketServer } = await webSockets(t)
  let url = ''
  const limit = { total: 1000, remaining: 999, reset_after: 0, max_concurrency: 1 }
  const server = createServer((_request: IncomingMessage, response: ServerResponse) =>
    respond(response, { url: url.replace('http', 'ws'), shards: 1, session_start_limit: limit }),
  )
  url = await addressOf(t, server)
  const user = { id: '1', username: 'bot', discriminator: '0' }
  const ready = {
    v: 10,
    user,
    guilds: [],
    session_id: '1',
    resume_gateway_url: url,
    application: { id: '1', flags: 0 },
  }
  new WebSocketServer({ server }).on('connection', (socket) => {
    const say = (message: unknown) => socket.send(JSON.stringify(message))
    say({ op: 10, d: { heartbeat_interval: 45_000 } })
    socket.on('message', (message: Buffer) => {
      const { op } = JSON.parse(String(message))
      if (op === 2) say({ op: 0, s: 1, t: 'READY', d: ready })
    })
  })
  return { DISCORD_API: url, DISCORD_TOKEN: 'MQ.a.b' }
}

/** Why a recipe cannot run here; false if it can. */
export function missing(command: string): string | false {
  return spawnSync(command, ['--version']).error !== undefined && `there is no ${command} here`
}

function respond(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
}

async function addressOf(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
