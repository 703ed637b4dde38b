/** The README's server on Windows, where the listening socket comes to each child by a pipe. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

const README = readFileSync(join(REPOSITORY, 'README.md'), 'utf8')
const [, SERVER = ''] = /^```js server\.mjs\r?\n(.*?)^```/ms.exec(README) ?? []
const WORDS = ['hello', 'good day', 'good night'] as const

const saying = (word: string) => SERVER.replace('hello', word)
const answer = async (port: unknown): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text()

test('with overlap the new code serves after an edit, on the same port', async (t) => {
  const dir = tempDir(t, { 'server.mjs': SERVER })
  const run = start(t, ['server.mjs'], { cwd: dir.path, env: { PORT: '0' } })
  const [, port] = await run.says(/^port (\d+)/)
  for (const word of WORDS) {
    dir.write('server.mjs', saying(word))
    await until(`${word} is said`, run.output, async () => (await answer(port)) === `${word}\n`)
  }
  assert.equal(run.count(/^port /), WORDS.length)
  assert.equal(run.count(/handed over/), 0, run.output())
})

test('without overlap nobody is refused: who connects while there is no child waits for the next one', async (t) => {
  // The new code begins only when it is told to.
  const wait = "while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 10))"
  const code = (word: string) =>
    `import { existsSync } from 'node:fs'\n${saying(word)
      .replace('overlap: true', 'overlap: false')
      .replace('function main() {', `async function main() {\nconsole.log('begins')\n${wait}`)}`
  const dir = tempDir(t, { 'server.mjs': code('hello'), go: '' })
  const run = start(t, ['server.mjs'], { cwd: dir.path, env: { PORT: '0' } })
  const [, port] = await run.says(/^port (\d+)/)
  dir.remove('go')
  dir.write('server.mjs', code('good day'))
  await run.says('begins') // the first server has drained, and is gone
  const answers = [1, 2, 3].map(() => answer(port))
  dir.write('go', '')
  assert.deepEqual(await Promise.all(answers), Array(3).fill('good day\n'))
})

/** Says when it is busy, as it shuts down: its event loop accepts nobody then, but the system does. */
const BUSY = `
  import { createServer } from 'node:http'
  import { existsSync } from 'node:fs'
  import { drain, generation, launchChild, listenOn, onRestart, PARENT } from 'exit75'
  const wait = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  if (PARENT) launchChild({ listen: [0] })
  else {
    const server = createServer((_, response) => response.end('answered'))
    server.listen(listenOn(0), () => console.log('generation', generation, 'port', server.address().port))
    onRestart(() => {
      console.log('busy')
      while (!existsSync('go')) wait()
      return drain(server)
    })
  }`

test('who has connected while the app was busy is answered, though its next step is drain()', async (t) => {
  const dir = tempDir(t, { 'server.mjs': BUSY })
  const run = start(t, ['server.mjs'], { cwd: dir.path })
  const [, port] = await run.says(/^generation 1 port (\d+)/)
  dir.write('server.mjs', `${BUSY}\n// edited`)
  await run.says('busy')
  const client = connect(Number(port), '127.0.0.1')
  const said = new Promise<string>((resolve) => {
    let text = ''
    client.setEncoding('utf8').on('data', (data) => {
      text += data
    })
    client.on('end', () => resolve(text.split('\r\n\r\n')[1] ?? ''))
    client.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
  await once(client, 'connect')
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  dir.write('go', '')
  assert.equal(await said, 'answered')
})

test('a child that is killed, or crashes, takes no socket along', async (t) => {
  const dir = tempDir(t, { 'server.mjs': crashing('hello') })
  const run = start(t, ['server.mjs'], { cwd: dir.path, env: { PORT: '0' } })
  const [, port] = await run.says(/^port (\d+)/)
  await run.says('[exit75] the app exited with 1 · waiting for a change')
  const waiting = answer(port)
  dir.write('server.mjs', crashing('good day').replace('process.exit(1)', ''))
  assert.equal(await waiting, 'good day\n')
})

const crashing = (word: string) =>
  saying(word).replace('overlap: true', "onCrash: 'wait'").replace('ready()', 'ready(); process.exit(1)')

test('two servers and two addresses, one of which the app does not take', async (t) => {
  const dir = tempDir(t, { 'app.mjs': two('one') })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  const [, http, net] = await run.says(/^ports (\d+) (\d+)/)
  for (const word of ['two', 'three']) {
    const pause = run.says(new RegExp(`^ports ${http} ${net}`))
    dir.write('app.mjs', two(word))
    await pause
    for (const port of [http, net])
      await until(`${word} on ${port}`, run.output, async () => (await answer(port)) === word)
  }
})

const two = (word: string) => `
  import { createServer } from 'node:http'
  import { drain, launchChild, listenOn, onRestart, PARENT } from 'exit75'
  const [first, second, third] = ['127.0.0.1:0', ':0', '[::1]:0']
  if (PARENT) launchChild({ listen: [first, second, third] })
  else {
    const servers = [second, first].map((address) =>
      createServer((_, response) => response.end('${word}')).listen(listenOn(address)))
    onRestart(() => Promise.all(servers.map((server) => drain(server))))
    let listening = 0
    for (const server of servers) server.once('listening', () => {
      listening += 1
      if (listening === 2) console.log('ports', servers[1].address().port, servers[0].address().port)
    })
  }`

test('the program ends when its server is closed, or does not keep it alive', async (t) => {
  for (const end of ['server.close()', 'server.unref()', '']) {
    const dir = tempDir(t, {
      'app.mjs': `
        import { createServer } from 'node:net'
        import { launchChild, listenOn, PARENT } from 'exit75'
        if (PARENT) launchChild({ listen: [0] })
        else {
          const where = listenOn(0)
          ${end === '' ? '' : `const server = createServer().listen(where, () => { console.log('listens'); ${end} })`}
        }`,
    })
    const run = start(t, ['app.mjs'], { cwd: dir.path })
    assert.deepEqual(await run.ended, { code: 0, signal: null }, end)
  }
})

test('a port that is in use is said at the start', async (t) => {
  const { createServer } = await import('node:net')
  const other = createServer().listen(0)
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  const dir = tempDir(t, { 'server.mjs': SERVER })
  const run = start(t, ['server.mjs'], { cwd: dir.path, env: { PORT: String(port) } })
  await run.says(
    new RegExp(`launchChild\\(\\): cannot listen on port ${port}: another program listens there`),
  )
  assert.notEqual((await run.ended).code, 0)
})
