/** examples/fastify, in TypeScript, on packages from npm. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { endsClean } from '../helpers/ending.ts'
import { installInto } from '../helpers/install.ts'
import { asked } from '../helpers/listeners.ts'
import { start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

const EXAMPLE = join(REPOSITORY, 'examples/fastify')
const REQUEST = 'GET /greeting/you HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

test('a Fastify server answers each request over five restarts, and closes by its own hooks', async (t) => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(EXAMPLE, 'package.json'), 'utf8'))
  const dir = tempDir(t, {})
  installInto(dir.path, [`fastify@${dependencies.fastify}`, `tsx@${devDependencies.tsx}`])
  cpSync(EXAMPLE, dir.path, { recursive: true })

  const app = start(t, ['server.ts'], { cwd: dir.path, flags: ['--import', 'tsx'], env: { PORT: '0' } })
  const [, port] = await app.says(/^generation 1 listens on port (\d+)$/)
  assert.match(await asked(Number(port), REQUEST), /\{"text":"Hello, you!","generation":1\}/)

  const code = readFileSync(dir.file('app.ts'), 'utf8')
  for (let round = 1; round <= 5; round += 1) {
    dir.write('app.ts', code.replace("'Hello'", `'Hello ${round}'`))
    const expected = `{"text":"Hello ${round}, you!","generation":${round + 1}}`
    for (let answer = ''; !answer.includes(expected); ) {
      answer = await asked(Number(port), REQUEST)
      assert.match(answer, /^HTTP\/1.1 200 OK/)
    }
    await app.says(`generation ${round} closes`)
    await app.says(/^\[exit75\] app.ts changed · restarted in/)
  }
  assert.equal(app.count(/^\[exit75\] app.ts changed · restarted in/), 5)
  assert.deepEqual(await endsClean(app, () => app.signal('SIGINT')), { code: null, signal: 'SIGINT' })
})
