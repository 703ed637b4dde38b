/** The README's server on Windows, where no listening socket is handed over. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

const README = readFileSync(join(REPOSITORY, 'README.md'), 'utf8')
const [, SERVER = ''] = /^```js server\.mjs\r?\n(.*?)^```/ms.exec(README) ?? []

test('it serves the new code after an edit, without overlap, and one line says why', async (t) => {
  const dir = tempDir(t, { 'server.mjs': SERVER })
  const run = start(t, ['server.mjs'], { cwd: dir.path, env: { PORT: '0' } })
  const [, first] = await run.says(/^port (\d+)/)
  await run.says('[exit75] listening sockets cannot be handed over on Windows')
  assert.equal(await answer(first), 'hello\n')
  dir.write('server.mjs', SERVER.replace('hello', 'good day'))
  const [, second] = await run.says(/^port (\d+)/)
  assert.equal(await answer(second), 'good day\n')
  assert.equal(run.count(/cannot be handed over/), 1)
})

test('on a port that is given, too', async (t) => {
  const port = await freePort()
  const dir = tempDir(t, { 'server.mjs': SERVER })
  const run = start(t, ['server.mjs'], { cwd: dir.path, env: { PORT: String(port) } })
  for (const word of ['hello', 'good day', 'good night']) {
    await run.says(`port ${port}`)
    assert.equal(await answer(port), `${word}\n`)
    dir.write('server.mjs', SERVER.replace('hello', word === 'hello' ? 'good day' : 'good night'))
  }
})

const answer = async (port: unknown): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text()

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0)
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
