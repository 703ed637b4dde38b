/** What clients of every kind see of a drain: nothing is cut that they have asked for. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect, createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { type DrainOptions, drain } from '../../src/index.ts'
import { type Run, start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

const KEYS = `${REPOSITORY}/test/fixtures/frameworks`
const SIZE = 20_000_000

/** Serves another kind when a line says so, `serve <kind>`, and drains it: `drain <timeout>`. */
const SERVER = `
import { readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { drain } from 'exit75'
const [key, cert] = ['key', 'cert'].map((name) => readFileSync(process.env.KEYS + '/' + name + '.pem'))
const answer = (request, response) => void answered(request, response).catch(() => {}) // a client was cut off
const answered = async (request, response) => {
  console.log('asked', request.url)
  if (request.url === '/early') return void (early = () => response.end(Buffer.alloc(${SIZE}, 'x')))
  let body = ''
  for await (const chunk of request) body += chunk
  if (request.url === '/big') return response.end(Buffer.alloc(${SIZE}, 'x'))
  if (request.url.startsWith('/slow')) await sleep(300)
  if (request.url === '/kept/set') response.setHeader('Connection', 'keep-alive')
  if (request.url === '/kept/object') response.writeHead(200, { connection: 'keep-alive', 'x-other': 'a' })
  if (request.url === '/kept/list') response.writeHead(200, 'OK', ['Connection', 'Keep-Alive', 'x-other', 'a'])
  response.end(request.url + ' ' + body + '\\n')
}
const kinds = {
  http: () => http.createServer(answer),
  https: () => https.createServer({ key, cert }, answer),
  http2: () => http2.createServer(answer),
  http2s: () => http2.createSecureServer({ key, cert, allowHTTP1: true }, answer),
}
let server, late, early
function serve(kind) {
  server = kinds[kind]()
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n')
    socket.on('data', (data) => socket.write(data)).on('end', () => socket.end())
  })
  server.on('connection', () => console.log('connected'))
  server.listen(0, () => console.log('port', server.address().port))
}
createInterface({ input: process.stdin }).on('line', async (line) => {
  const [word, what] = line.split(' ')
  if (word === 'serve') return serve(what)
  if (word === 'answer') return early()
  if (word === 'late') return void (late = setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000), 10))
  const began = performance.now()
  console.log('draining')
  await drain(server, what ? { timeout: Number(what) } : {})
  clearInterval(late)
  console.log('drained', Math.round(performance.now() - began))
})`

/** One process for all cases, which come one after the other. */
let app: Run

const undo: (() => unknown)[] = []
before(() => {
  const t = { after: (fn: () => unknown) => void undo.push(fn) }
  const { path } = tempDir(t, { 'app.mjs': SERVER })
  app = start(t, ['app.mjs'], { cwd: path, env: { EXIT75: 'off', KEYS } })
})
after(async () => {
  for (const one of undo.reverse()) await one()
})

async function serve(kind: string): Promise<number> {
  app.type(`serve ${kind}\n`)
  return Number((await app.says(/^port (\d+)/))[1])
}

type Client = Socket & { story: string }

/** A client by hand; what it has read is its story. */
async function opened(t: Test, kind: string, port: number): Promise<Client> {
  const at = { port, host: '127.0.0.1' }
  const isSecure = kind === 'https' || kind === 'http2s'
  const protocols = { ALPNProtocols: [kind === 'http2s' ? 'h2' : 'http/1.1'] }
  const socket = isSecure ? connectTls({ ...at, ...protocols, rejectUnauthorized: false }) : connect(at)
  t.after(() => void socket.destroy())
  const client = Object.assign(socket.setEncoding('latin1'), { story: '' })
  client
    .on('data', (chunk: string) => (client.story += chunk))
    .on('error', (error) => (client.story += error))
  await once(client, isSecure ? 'secureConnect' : 'connect')
  return client
}

const asking = (path: string, ...more: string[]): string =>
  `${more.length > 0 ? 'POST' : 'GET'} ${path} HTTP/1.1\r\nHost: a\r\n${more.join('')}\r\n`

const ended = async (client: Client): Promise<string> => {
  if (!client.closed) await once(client, 'close')
  return client.story
}

for (const kind of ['http', 'https']) {
  test(`${kind}: an answer that is read slowly is read to its end`, async (t) => {
    const port = await serve(kind)
    const client = await opened(t, kind, port)
    client.write(asking('/big'))
    await app.says('asked /big')
    client.pause()
    const drained = app.count('drained')
    app.type('drain 60000\n')
    await app.says('draining')
    await sleep(1500) // silent for longer than any connection may be
    assert.equal(app.count('drained'), drained)
    client.resume()
    assert.equal((await ended(client)).split('\r\n\r\n')[1]?.length, SIZE)
    await app.says('drained')
  })

  test(`${kind}: all of five pipelined requests are answered, and only the last says that it is`, async (t) => {
    for (const when of ['before', 'after']) {
      const port = await serve(kind)
      const client = await opened(t, kind, port)
      await app.says('connected')
      const all = [1, 2, 3, 4, 5].map((n) => asking(when === 'before' ? `/slow${n}` : `/${n}`))
      if (when === 'before') {
        client.write(all.join(''))
        await app.says('asked /slow5')
      }
      app.type('drain\n')
      await app.says('draining')
      if (when === 'after') client.write(all.join(''))
      const story = await ended(client)
      assert.equal(story.match(/200 OK/g)?.length, 5, `${when}: ${story}`)
      assert.equal(story.match(/Connection: close/g)?.length, 1, `${when}: ${story}`)
      assert.match(story, /Connection: close(?!.*200 OK)/s)
      await app.says('drained')
    }
  })

  for (const [what, first, next] of [
    ['the body of its request', asking('/early', 'Content-Length: 1000000000\r\n'), 'body'.repeat(1000)],
    ['one request after the other', asking('/early'), asking('/late')],
  ] as const) {
    // Node itself ends such a connection when it is asked again while much is unread: HPE_PAUSED.
    const skip = kind === 'https' && next.startsWith('GET')
    test(`${kind}: the last answer is read to its end by a client that goes on sending ${what}`, {
      skip,
    }, async (t) => {
      const client = await opened(t, kind, await serve(kind))
      client.write(first)
      await app.says('asked /early')
      app.type('drain\n')
      await app.says('draining')
      app.type('answer\n')
      client.on('data', () => {
        if (client.writable) client.write(next)
      })
      const story = await ended(client)
      assert.match(story.slice(0, 500), /^Connection: close/im)
      assert.equal(story.length - story.indexOf('\r\n\r\n') - 4, SIZE, story.slice(-100))
      await app.says(/^drained/)
      assert.equal(app.count('asked /late'), 0)
    })
  }

  test(`${kind}: a request that comes in pieces, the first before the drain, is answered`, async (t) => {
    const port = await serve(kind)
    const client = await opened(t, kind, port)
    client.write(asking('/one') + asking('/two').slice(0, 9))
    await app.says('asked /one')
    await until('the first answer', app.output, () => client.story.includes('/one'))
    app.type('drain\n')
    await app.says('draining')
    await sleep(1500)
    client.write(asking('/two').slice(9))
    assert.match(await ended(client), /Connection: close.*\/two \n/s)
    await app.says('drained')
  })

  test(`${kind}: one that never ends is cut off at the limit, and one line says so`, async (t) => {
    const port = await serve(kind)
    const client = await opened(t, kind, port)
    client.write(asking('/never').slice(0, 9))
    const body = await opened(t, kind, port)
    body.write(asking('/body', 'Content-Length: 100\r\n'))
    const dribble = setInterval(() => [client.write('x'), body.write('x')], 100)
    t.after(() => clearInterval(dribble))
    await app.says('asked /body')
    const told = app.count('[exit75]')
    app.type('drain 1000\n')
    const [, ms] = await app.says(/^drained (\d+)/)
    assert.ok(Number(ms) >= 1000, `${ms} ms`)
    await app.says('[exit75] drain(): cut off 2 clients that did not finish within 1 s')
    assert.equal(app.count('[exit75]'), told + 1, app.output())
  })

  test(`${kind}: what was asked while the event loop was late is answered`, async (t) => {
    const port = await serve(kind)
    const clients = await Promise.all([1, 2, 3].map(() => opened(t, kind, port)))
    for (const client of clients) client.write(asking('/first'))
    for (const client of clients) await until('an answer', app.output, () => client.story.includes('/first'))
    app.type('late\ndrain\n')
    await app.says('draining')
    for (const [at, client] of clients.entries()) {
      await sleep(400)
      client.write(asking(`/late${at}`))
    }
    for (const [at, client] of clients.entries()) assert.match(await ended(client), new RegExp(`/late${at} `))
    await app.says('drained')
  })

  test(`${kind}: a client that waits for 100-continue is answered`, async (t) => {
    const port = await serve(kind)
    const client = await opened(t, kind, port)
    await app.says('connected')
    app.type('drain\n')
    await app.says('draining')
    client.write(asking('/expect', 'Expect: 100-continue\r\nContent-Length: 4\r\n'))
    await until('it may go on', app.output, () => client.story.includes('100 Continue'))
    await sleep(700)
    client.write('body')
    assert.match(await ended(client), /Connection: close.*\/expect body/s)
    await app.says('drained')
  })

  test(`${kind}: an app that says keep-alive itself, as a proxy does, is overruled`, async (t) => {
    const port = await serve(kind)
    const how = ['set', 'object', 'list']
    const clients = await Promise.all(how.map(() => opened(t, kind, port)))
    for (const _ of how) await app.says('connected')
    app.type('drain\n')
    await app.says('draining')
    for (const [at, way] of how.entries()) clients[at]?.write(asking(`/kept/${way}`))
    for (const [at, way] of how.entries()) {
      const story = await ended(clients[at] as Client)
      assert.match(story, /^connection: close\r\n/im, `${way}: ${story}`)
      assert.doesNotMatch(story, /keep-alive/i, `${way}: ${story}`)
      assert.equal(/x-other: a/.test(story), way !== 'set', `${way}: ${story}`)
    }
    await app.says('drained')
  })

  test(`${kind}: what was upgraded is the app's, however silent`, async (t) => {
    const port = await serve(kind)
    const client = await opened(t, kind, port)
    client.write(asking('/', 'Upgrade: echo\r\nConnection: Upgrade\r\n').replace('POST', 'GET'))
    await until('upgraded', app.output, () => client.story.includes('101'))
    app.type('drain 500\n')
    await app.says('draining')
    await sleep(1500)
    client.write('still here')
    await until('an echo', app.output, () => client.story.includes('still here'))
    client.end()
    await app.says('drained')
  })
}

for (const kind of ['http2', 'http2s']) {
  test(`${kind}: what a session has asked is answered, and the session ends`, async (t) => {
    const port = await serve(kind)
    const url = `${kind === 'http2' ? 'http' : 'https'}://127.0.0.1:${port}`
    const session = connectHttp2(url, { ca: readFileSync(`${KEYS}/cert.pem`), rejectUnauthorized: false })
    t.after(() => session.destroy())
    const ask = (path: string) => text(session.request({ ':path': path }))
    assert.equal(await ask('/first'), '/first \n')
    const slow = ask('/slow')
    const big = session.request({ ':path': '/big' }).pause()
    await app.says('asked /big')
    app.type('drain\n')
    await app.says('draining')
    assert.equal(await slow, '/slow \n')
    await sleep(700)
    assert.equal((await text(big)).length, SIZE)
    await app.says('drained')
  })
}

for (const kind of ['http2', 'http2s']) {
  test(`${kind}: an answer that has been sent and is not read yet when the session ends is read, and then nothing is waited for`, async (t) => {
    const port = await serve(kind)
    const url = `${kind === 'http2' ? 'http' : 'https'}://127.0.0.1:${port}`
    const session = connectHttp2(url, { rejectUnauthorized: false })
    t.after(() => session.destroy())
    // Read by its events: what iterates over a stream that is already closed fails on Node 26, without a drain too.
    const answer = session.request({ ':path': '/slow' }).pause()
    let body = ''
    answer.setEncoding('utf8').on('data', (chunk) => (body += chunk))
    answer.on('error', () => {}).pause()
    await app.says('asked /slow')
    app.type('drain\n')
    await once(answer, 'response')
    await sleep(2500) // longer than a client may be silent that says nothing of its own end
    assert.ok(!answer.destroyed)
    answer.resume()
    await once(answer, 'end')
    assert.equal(body, '/slow \n')
    const [, ms] = await app.says(/^drained (\d+)/)
    assert.ok(Number(ms) < 15_000, `${ms} ms`) // the limit is 30,000
  })
}

for (const kind of ['http2', 'http2s']) {
  test(`${kind}: a client that never ends its request, never reads, or never says a word holds it up no longer than the limit`, async (t) => {
    const port = await serve(kind)
    const url = `${kind === 'http2' ? 'http' : 'https'}://127.0.0.1:${port}`
    const begin = () => {
      const session = connectHttp2(url, { rejectUnauthorized: false }).on('error', () => {})
      t.after(() => session.destroy())
      return session
    }
    const never = begin()
      .request({ ':path': '/never', ':method': 'POST' })
      .on('error', () => {})
    const dribble = setInterval(() => never.destroyed || never.write('x'), 100)
    t.after(() => clearInterval(dribble))
    await app.says('asked /never')
    begin()
      .request({ ':path': '/big' })
      .on('error', () => {})
      .pause()
    const silent = connect(port, '127.0.0.1').on('error', () => {})
    t.after(() => silent.destroy())
    await app.says('asked /big')
    const slow = text(begin().request({ ':path': '/slow' }))
    await app.says('asked /slow')
    app.type('drain 1500\n')
    assert.equal(await slow, '/slow \n')
    const [, ms] = await app.says(/^drained (\d+)/)
    assert.ok(Number(ms) >= 1500, `${ms} ms`)
    await app.says('[exit75] drain(): cut off 2 clients that did not finish within 1.5 s')
  })
}

/** Frames of HTTP/2 (RFC 9113, 4.1): settings, their confirmation, and a GET without a body. */
function frame(type: number, flags: number, stream: number, body: readonly number[] = []): string {
  return String.fromCharCode(0, 0, body.length, type, flags, 0, 0, 0, stream, ...body)
}
const PREFACE = `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(4, 0, 0)}${frame(4, 1, 0)}`
const getting = (path: string, stream: number): string =>
  frame(1, 5, stream, [0x82, 0x86, 0x41, 1, 0x61, 0x44, path.length, ...Buffer.from(path)])
/** The end of the session is announced, and every stream is still accepted. */
const GOAWAY = '\x07\x00\x00\x00\x00\x00\x7f\xff\xff\xff'

test('http2: a stream that the client begins before it has read of the end is answered', async (t) => {
  const client = await opened(t, 'http2', await serve('http2'))
  client.write(PREFACE + getting('/first', 1), 'latin1')
  await until('an answer', app.output, () => client.story.includes('/first '))
  app.type('drain\n')
  await until('the end is announced', app.output, () => client.story.includes(GOAWAY))
  client.write(getting('/late', 3), 'latin1')
  await until('an answer', app.output, () => client.story.includes('/late '))
  client.write(getting('/slow', 5), 'latin1')
  assert.match(await ended(client), /\/slow /)
  await app.says('drained')
})

test('http2s: a client of HTTP/1 is answered, and is not waited for when it is idle', async (t) => {
  const port = await serve('http2s')
  const [idle, used] = [await opened(t, 'https', port), await opened(t, 'https', port)]
  for (const client of [idle, used]) {
    client.write(asking('/first'))
    await until('an answer', app.output, () => client.story.includes('/first'))
  }
  app.type('drain\n')
  await app.says('draining')
  used.write(asking('/late'))
  assert.match(await ended(used), /Connection: close.*\/late /s)
  assert.doesNotMatch(await ended(idle), /Connection: close/)
  const [, ms] = await app.says(/^drained (\d+)/)
  assert.ok(Number(ms) < 15_000, `${ms} ms`) // the limit is 30,000
})

test('a timeout that makes no sense is refused', async () => {
  for (const timeout of [0, -1, NaN, '30', null])
    await assert.rejects(drain(createServer(), { timeout } as DrainOptions), {
      name: 'TypeError',
      message: `drain(server, { timeout }): expected a number of ms above 0, got ${timeout}`,
    })
})
