/** Restarts under load that nobody notices, with the frameworks as their users call them. */
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { installInto } from '../helpers/install.ts'
import { type Run, start } from '../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { pinned } from './packages.ts'

type Test = Parameters<typeof tempDir>[0]

const FIXTURES = join(REPOSITORY, 'test/fixtures')
const PACKAGES = pinned('express', 'fastify', 'koa', 'hono', '@hono/node-server')
const RESTARTS = 6

async function begin(t: Test, name: string): Promise<{ dir: TempDir; app: Run; port: number }> {
  const dir = tempDir(t, { 'version.mjs': '// 1' })
  installInto(dir.path, PACKAGES)
  cpSync(join(FIXTURES, 'frameworks'), dir.path, { recursive: true })
  const app = start(t, [`${name}.mjs`], { cwd: dir.path })
  const [, port] = await app.says(/^ready 1 (\d+)$/)
  return { dir, app, port: Number(port) }
}

for (const [name, protocol] of [
  ['express', 'http:'],
  ['fastify', 'http:'],
  ['koa', 'http:'],
  ['hono', 'http:'],
  ['https', 'https:'],
] as const) {
  test(`${name}, ${RESTARTS} restarts under load: nothing refused, nothing reset`, async (t) => {
    const { dir, app, port } = await begin(t, name)
    const env = { NODE_EXTRA_CA_CERTS: join(FIXTURES, 'frameworks/cert.pem') }
    const asking = (file: string) =>
      start(t, [join(FIXTURES, 'load', file), String(port), '0', protocol], { env })
    const client = asking('client.mjs')
    await client.says('requests')
    for (let generation = 1; generation <= RESTARTS; generation += 1) {
      const slow = asking('one.mjs')
      await app.says(`held ${generation}`)
      dir.write('version.mjs', `// ${generation + 1}`)
      await slow.says(`200 ${generation} /held`)
      await app.says(`ready ${generation + 1} ${port}`)
      await client.says('requests') // the new one is under load
    }
    client.process.stdin?.end()
    const [, json = ''] = await client.says(/^seen (.*)$/)
    const seen = JSON.parse(json)
    t.diagnostic(`${seen.requests} requests (${seen.slow} slow), ${seen.failures.length} failed`)
    assert.deepEqual(seen.failures, [])
    for (let generation = 1; generation <= RESTARTS; generation += 1)
      assert.ok(seen.generations[generation] > 0, `generation ${generation} has answered`)
  })
}

test('http2, where the app ends its sessions: what is in flight is answered by the old code', async (t) => {
  const { dir, app, port } = await begin(t, 'http2')
  for (let generation = 1; generation <= RESTARTS; generation += 1) {
    const session = connect(`http://127.0.0.1:${port}`)
    assert.equal(await asked(session, '/'), `${generation} / \n`)
    const slow = asked(session, '/held')
    await app.says(`held ${generation}`)
    dir.write('version.mjs', `// ${generation + 1}`)
    assert.equal(await slow, `${generation} /held \n`)
    await app.says(`ready ${generation + 1} ${port}`)
  }
})

const asked = (session: ClientHttp2Session, path: string): Promise<string> =>
  text(session.request({ ':path': path }))
