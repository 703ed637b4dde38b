import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { trackConnections } from '../../src/app/connections.ts'
import { drain } from '../../src/app/drain.ts'
import { inTurn } from '../helpers/in-turn.ts'
import { type Run, start } from '../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

/** More of them with `npm run load`. */
const RESTARTS = Number(process.env.EXIT75_LOAD ?? 4)

/** Plain, over TLS, HTTP/2, and HTTP/2 over TLS. */
const PATHS = ['./http.sock', './https.sock', './http2.sock', './http2s.sock']
const KEYS = `${REPOSITORY}/test/fixtures/frameworks`

function app(t: Test): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { once } from 'node:events'
      import { existsSync, readFileSync } from 'node:fs'
      import http from 'node:http'
      import http2 from 'node:http2'
      import https from 'node:https'
      import net from 'node:net'
      import { setTimeout as sleep } from 'node:timers/promises'
      import { drain, generation, launchChild, listenOn, onRestart, PARENT, restartSignal } from 'exit75'
      import './version.mjs'
      const paths = ${JSON.stringify(PATHS)}
      if (PARENT) launchChild({ listen: [{ port: 0, host: '127.0.0.1' }, 0, ...paths] })
      else {
        let slow = 0
        const untilRestart = () => restartSignal.aborted || once(restartSignal, 'abort')
        const answer = async (request, response) => {
          let body = ''
          for await (const chunk of request) body += chunk
          if (request.url === '/events') {
            response.write(generation + ' \\n')
            await untilRestart()
            return response.end('bye\\n')
          }
          if (request.url === '/trailers') {
            response.writeHead(200, { Trailer: 'x-end' }).write(generation + ' ')
            await sleep(50)
            response.addTrailers({ 'x-end': request.trailers['x-end'] })
            return response.end(body)
          }
          const rest = request.url + ' ' + body + '\\n'
          if (request.url === '/') return response.end(generation + ' ' + rest)
          const size = { '/large': 5e6, '/big': 1e6 }[request.url]
          if (size) return response.end(generation + ' ' + 'x'.repeat(size) + ' ' + rest)
          slow += 1
          if (request.url === '/stream') response.write(generation + ' ')
          if (request.url === '/held') await untilRestart()
          await sleep(request.url === '/held' ? 100 : 300)
          slow -= 1
          response.end((request.url === '/stream' ? '' : generation + ' ') + rest)
        }
        const server = http.createServer(answer)
        const [key, cert] = ['key', 'cert'].map((name) => readFileSync(process.env.KEYS + '/' + name + '.pem'))
        const others = [
          http.createServer(answer).on('upgrade', async (_request, socket) => {
            socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n' + generation + ' \\n')
            socket.on('data', (data) => socket.writable && socket.write(data)).on('error', () => {}).on('end', () => socket.end())
            await untilRestart()
            socket.end('bye\\n')
          }),
          https.createServer({ key, cert }, answer),
          http2.createServer(answer),
          http2.createSecureServer({ key, cert }, answer),
        ]
        await Promise.all(others.map((other, at) => once(other.listen(listenOn(paths[at])), 'listening')))
        const lines = net.createServer((socket) => {
          socket.setEncoding('utf8').on('data', (line) => socket.write(generation + ' ' + line))
        })
        server.listen(listenOn({ port: 0, host: '127.0.0.1' }))
        lines.listen(listenOn(0), () => console.log('ready', generation, server.address().port, lines.address().port))
        onRestart(async () => {
          console.log('slow in flight', slow)
          const began = performance.now()
          const all = Promise.all([server, lines, ...others].map((one) => drain(one)))
          console.log('draining', generation)
          // What has been sent by then is on its way.
          while (existsSync('hold')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
          await all
          console.log('drained', Math.round(performance.now() - began))
        })
      }`,
    'version.mjs': '// 1',
  })
}

/** One program, whose generations are drained one after the other. */
test('a drained server', async (t) => {
  const { dir, parent, ports } = await begin(t)
  let generation = 1
  const restarted = () => parent.says(`ready ${++generation}`)
  const isAnswer = (path: string) =>
    new RegExp(`^HTTP/1.1 200 OK\\r\\n.*Connection: close\\r\\n.*\\r\\n.*${generation} ${path} \\n`, 's')

  await inTurn(t, [
    [
      'connections that nobody uses delay a restart by 200 ms, not more',
      async () => {
        const idle = await Promise.all([answered(ports[0]), opened(ports[0])])
        // The next one is answered after them: the server has them all.
        const last = await answered(ports[0])
        last.end()
        parent.signal('SIGUSR2')
        const [, ms] = await parent.says(/drained (\d+)/)
        assert.ok(Number(ms) >= 190 && Number(ms) < 4000, `${ms} ms`)
        for (const socket of idle) if (!socket.closed) await once(socket, 'close')
        await restarted()
      },
    ],
    [
      'requests that are on their way are answered, and are the last, whether the connection has been used or not',
      async () => {
        dir.write('hold', '')
        const sockets = [await answered(ports[0]), await opened(ports[0])]
        ;(await answered(ports[0])).end() // the server has them all
        parent.signal('SIGUSR2')
        await parent.says(`draining ${generation}`)
        for (const socket of sockets) {
          socket.story = ''
          socket.write(ASK)
        }
        dir.remove('hold')
        for (const socket of sockets) if (!socket.closed) await once(socket, 'close')
        for (const { story } of sockets) assert.match(story, isAnswer('/'))
        await restarted()
      },
    ],
    [
      'what was in flight ends with its answer, at once',
      async () => {
        const socket = await opened(ports[0])
        socket.write(ASK.replace('/', '/held'))
        ;(await answered(ports[0])).end() // the server has both
        parent.signal('SIGUSR2')
        await parent.says('slow in flight 1')
        await once(socket, 'close')
        assert.match(socket.story, isAnswer('/held'))
        await restarted()
      },
    ],
    [
      `${RESTARTS} restarts under load: nothing refused, nothing reset`,
      (t) => underLoad(t, dir, parent, ports, generation),
    ],
  ])
})

async function underLoad(
  t: TestContext,
  dir: TempDir,
  parent: Run,
  ports: readonly number[],
  generation: number,
): Promise<void> {
  const before = parent.output().length
  const asking = (file: string, args: readonly (string | number)[]) =>
    start(t, [`${REPOSITORY}/test/fixtures/load/${file}`, ...args.map(String)], { cwd: dir.path })
  // Those of the paths ask for more than a small machine has beside other tests: `npm run load`.
  const isLong = RESTARTS >= 30
  const clients = [asking('client.mjs', ports), ...(isLong ? [asking('paths.mjs', PATHS)] : [])]
  for (const client of clients) await client.says('requests')
  for (let next = generation + 1; next <= generation + RESTARTS; next += 1) {
    // Edits alone, each soon after a start, would look like a program that writes the file itself, and be slowed down.
    if (next % 3 === 0) dir.write('version.mjs', `// ${next}`)
    else parent.signal('SIGUSR2')
    await parent.says(`ready ${next}`)
    await sleep(50 + Math.random() * 150) // at any moment of what the clients do
  }
  for (const client of clients) client.process.stdin?.end()
  const all = clients.map(async (client) => JSON.parse((await client.says(/seen (.*)\n/))[1] ?? ''))
  const [seen, byPaths = NONE] = await Promise.all(all)
  const restarts = parent.output().slice(before)
  const inFlight = [...restarts.matchAll(/slow in flight ([1-9])/g)].length
  const drains = [...restarts.matchAll(/drained (\d+)/g)].map(([, ms]) => Number(ms))
  t.diagnostic(
    `${seen.requests} requests (${seen.slow} slow, ${seen.lines} lines), ${seen.failures.length} failed, ` +
      `${byPaths.requests} by paths, ${byPaths.failures.length} failed, ` +
      `${Object.keys(seen.generations).length} generations, slow ones in flight at ${inFlight} restarts, ` +
      `drained in ${Math.min(...drains)} to ${Math.max(...drains)} ms`,
  )
  assert.deepEqual([...seen.failures, ...byPaths.failures], [])
  assert.ok(inFlight > 0, 'slow requests were in flight')
  // A client that is held up for a whole generation misses it.
  assert.ok(Object.keys(seen.generations).length > RESTARTS / 2, 'most generations have answered')
}

async function begin(t: Test): Promise<{ dir: TempDir; parent: Run; ports: [number, number] }> {
  const dir = app(t)
  const parent = start(t, ['app.mjs'], { cwd: dir.path, env: { KEYS } })
  const [, http, lines] = await parent.says(/ready 1 (\d+) (\d+)/)
  return { dir, parent, ports: [Number(http), Number(lines)] }
}

const NONE = { requests: 0, failures: [] }
const ASK = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

async function opened(port: number): Promise<Socket & { story: string }> {
  const socket = Object.assign(connect(port, '127.0.0.1').setEncoding('utf8'), { story: '' })
  socket.on('data', (text: string) => (socket.story += text))
  await once(socket, 'connect')
  return socket
}

async function answered(port: number): Promise<Socket & { story: string }> {
  const socket = await opened(port)
  socket.write(ASK)
  await once(socket, 'data')
  return socket
}

test('connections that were opened ahead are closed over TLS, too, and those in use are not', async (t) => {
  const [key, cert] = ['key', 'cert'].map((name) => readFileSync(`${KEYS}/${name}.pem`)) as [Buffer, Buffer]
  trackConnections() // as the package does it where it is loaded by an app
  const server = https.createServer({ key, cert }, (_request, response) => {
    setTimeout(() => response.end('answer'), 2500) // longer than any of them may be silent
  })
  await once(server.listen(0), 'listening')
  const { port } = server.address() as AddressInfo
  const secure = () => connectTls({ port, ca: cert, rejectUnauthorized: false })
  const clients = { bare: connect(port), ahead: secure(), used: secure() }
  t.after(() => {
    for (const client of Object.values(clients)) client.destroy()
  })
  let answer = ''
  const closed: Record<string, boolean> = {}
  clients.used.on('data', (data) => (answer += data))
  for (const [name, client] of Object.entries(clients))
    client.on('error', () => {}).on('close', () => (closed[name] = answer.endsWith('answer')))
  await Promise.all([
    once(clients.bare, 'connect'),
    once(clients.ahead, 'secureConnect'),
    once(clients.used, 'secureConnect'),
  ])
  clients.used.write(ASK)
  await once(server, 'request')
  await drain(server)
  await until(
    'all are closed',
    () => JSON.stringify(closed),
    () => Object.keys(closed).length === 3,
  )
  assert.deepEqual(closed, { bare: false, ahead: false, used: true })
})

test('a server that does not listen is drained', async () => {
  await drain(http.createServer())
  await drain(createServer())
})
