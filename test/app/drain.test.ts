import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Run, start } from '../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** More of them with `npm run load`. */
const RESTARTS = Number(process.env.EXIT75_LOAD ?? 12)

function app(t: Test): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { once } from 'node:events'
      import { existsSync } from 'node:fs'
      import http from 'node:http'
      import net from 'node:net'
      import { setTimeout as sleep } from 'node:timers/promises'
      import { drain, generation, launchChild, listenOn, onRestart, PARENT, restartSignal } from 'exit75'
      import './version.mjs'
      if (PARENT) launchChild({ listen: [{ port: 0, host: '127.0.0.1' }, 0] })
      else {
        let slow = 0
        const server = http.createServer(async (request, response) => {
          let body = ''
          for await (const chunk of request) body += chunk
          const rest = request.url + ' ' + body + '\\n'
          if (request.url === '/') return response.end(generation + ' ' + rest)
          if (request.url === '/large') return response.end(generation + ' ' + 'x'.repeat(5e6) + ' ' + rest)
          slow += 1
          if (request.url === '/stream') response.write(generation + ' ')
          if (request.url === '/held' && !restartSignal.aborted) await once(restartSignal, 'abort')
          await sleep(request.url === '/held' ? 100 : 300)
          slow -= 1
          response.end((request.url === '/stream' ? '' : generation + ' ') + rest)
        })
        const lines = net.createServer((socket) => {
          socket.setEncoding('utf8').on('data', (line) => socket.write(generation + ' ' + line))
        })
        server.listen(listenOn({ port: 0, host: '127.0.0.1' }))
        lines.listen(listenOn(0), () => console.log('ready', generation, server.address().port, lines.address().port))
        onRestart(async () => {
          console.log('slow in flight', slow)
          const began = performance.now()
          const all = Promise.all([drain(server), drain(lines)])
          console.log('draining', generation)
          // What has been sent by then is on its way.
          while (process.env.HELD && !existsSync('sent')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
          await all
          console.log('drained', Math.round(performance.now() - began))
        })
      }`,
    'version.mjs': '// 1',
  })
}

async function begin(
  t: Test,
  env: NodeJS.ProcessEnv = {},
): Promise<{ dir: TempDir; parent: Run; ports: [number, number] }> {
  const dir = app(t)
  const parent = start(t, ['app.mjs'], { cwd: dir.path, env })
  const [, http, lines] = await parent.says(/ready 1 (\d+) (\d+)/)
  return { dir, parent, ports: [Number(http), Number(lines)] }
}

test(`${RESTARTS} restarts under load: nothing refused, nothing reset`, async (t) => {
  const { dir, parent, ports } = await begin(t)
  const client = start(t, [`${REPOSITORY}/test/fixtures/load/client.mjs`, ...ports.map(String)])
  await client.says('requests')
  for (let generation = 2; generation <= RESTARTS + 1; generation += 1) {
    dir.write('version.mjs', `// ${generation}`)
    await parent.says(`ready ${generation}`)
    await sleep(50 + Math.random() * 150) // at any moment of what the clients do
  }
  client.process.stdin?.end()
  const [, json = ''] = await client.says(/seen (.*)\n/)
  const seen = JSON.parse(json)
  const inFlight = [...parent.output().matchAll(/slow in flight ([1-9])/g)].length
  const drains = [...parent.output().matchAll(/drained (\d+)/g)].map(([, ms]) => Number(ms))
  t.diagnostic(
    `${seen.requests} requests (${seen.slow} slow, ${seen.lines} lines), ${seen.failures.length} failed, ` +
      `${Object.keys(seen.generations).length} generations, slow ones in flight at ${inFlight} restarts, ` +
      `drained in ${Math.min(...drains)} to ${Math.max(...drains)} ms`,
  )
  assert.deepEqual(seen.failures, [])
  assert.ok(inFlight > 0, 'slow requests were in flight')
  // A client that is held up for a whole generation misses it.
  assert.ok(Object.keys(seen.generations).length > RESTARTS / 2, 'most generations have answered')
})

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

test('connections that nobody uses delay a restart by 200 ms, not more', async (t) => {
  const { parent, ports } = await begin(t)
  const idle = await Promise.all([answered(ports[0]), opened(ports[0])])
  // The next one is answered after them: the server has them all.
  const last = await answered(ports[0])
  last.end()
  parent.signal('SIGUSR2')
  const [, ms] = await parent.says(/drained (\d+)/)
  assert.ok(Number(ms) >= 190 && Number(ms) < 4000, `${ms} ms`)
  for (const socket of idle) if (!socket.closed) await once(socket, 'close')
  await parent.says('ready 2')
})

for (const [what, open] of [
  ['on a connection that has been used', answered],
  ['on a connection that has not', opened],
] as const) {
  test(`a request that is on its way is answered, and is the last: ${what}`, async (t) => {
    const { dir, parent, ports } = await begin(t, { HELD: '1' })
    const socket = await open(ports[0])
    if (open === opened) (await answered(ports[0])).end() // the server has both
    parent.signal('SIGUSR2')
    await parent.says('draining 1')
    socket.story = ''
    socket.write(ASK)
    dir.write('sent', '')
    await once(socket, 'close')
    assert.match(socket.story, /^HTTP\/1.1 200 OK\r\n.*Connection: close\r\n.*\r\n.*1 \/ \n/s)
    await parent.says('ready 2')
  })
}

test('what was in flight ends with its answer, at once', async (t) => {
  const { parent, ports } = await begin(t)
  const socket = await opened(ports[0])
  socket.write(ASK.replace('/', '/held'))
  await (await answered(ports[0])).end() // the server has both
  parent.signal('SIGUSR2')
  await parent.says('slow in flight 1')
  await once(socket, 'close')
  assert.match(socket.story, /Connection: close\r\n.*1 \/held \n/s)
  await parent.says('ready 2')
})

test('connections that were opened ahead are closed over TLS, too, and those in use are not', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { once } from 'node:events'
      import { readFileSync } from 'node:fs'
      import https from 'node:https'
      import net from 'node:net'
      import tls from 'node:tls'
      import { drain } from 'exit75'
      const [key, cert] = ['key', 'cert'].map((name) => readFileSync(process.argv[2] + '/' + name + '.pem'))
      const server = https.createServer({ key, cert }, (_request, response) => {
        setTimeout(() => response.end('answer'), 2500) // longer than any of them may be silent
      })
      await once(server.listen(0), 'listening')
      const { port } = server.address()
      const clients = { bare: net.connect(port), ahead: tls.connect({ port, ca: cert }), used: tls.connect({ port, ca: cert }) }
      let answer = ''
      clients.used.on('data', (data) => (answer += data))
      for (const [name, client] of Object.entries(clients))
        client.on('close', () => console.log(name, 'closed', answer.endsWith('answer')))
      await Promise.all([once(clients.bare, 'connect'), once(clients.ahead, 'secureConnect'), once(clients.used, 'secureConnect')])
      clients.used.write('GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n')
      await once(server, 'request')
      await drain(server)
      console.log('drained')`,
  })
  const app = start(t, ['app.mjs', `${REPOSITORY}/test/fixtures/frameworks`], {
    cwd: dir.path,
    env: { EXIT75: 'off' },
  })
  await app.says('drained')
  await app.ended
  for (const line of ['bare closed false', 'ahead closed false', 'used closed true'])
    assert.equal(app.count(line), 1, app.output())
})

test('a server that does not listen is drained', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import http from 'node:http'
      import net from 'node:net'
      import { drain } from 'exit75'
      await drain(http.createServer())
      await drain(net.createServer())
      console.log('both')`,
  })
  await start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75: 'off' } }).says('both')
})
