import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCommandLine } from '../src/run/command-line.ts'
import { installInto } from './helpers/install.ts'
import { asked } from './helpers/listeners.ts'
import { SQLITE_PACKAGES } from './helpers/sqlite.ts'
import { type Run, start } from './helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from './helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

const EXAMPLES = join(REPOSITORY, 'examples')

function begin(
  t: Test,
  name: string,
  env = {},
  packages: readonly string[] = [],
): [TempDir, Run, (from: string, to: string) => void] {
  const dir = tempDir(t, { 'package.json': '{"type":"module"}' })
  if (packages.length > 0) installInto(dir.path, packages)
  cpSync(join(EXAMPLES, name), dir.file(name))
  const run = start(t, [name], { cwd: dir.path, flags: ['--import', import.meta.resolve('tsx')], env })
  const edit = (from: string, to: string) => {
    const code = readFileSync(dir.file(name), 'utf8')
    assert.ok(code.includes(from), `${from} in ${name}`)
    dir.write(name, code.replace(from, to))
  }
  return [dir, run, edit]
}

test('loop.ts goes on with the new word', async (t) => {
  const [, run, edit] = begin(t, 'loop.ts')
  await run.says('tick 1')
  edit("'tick'", "'tock'")
  await run.says('tock 1')
})

test('counter.ts counts on', async (t) => {
  const [, run, edit] = begin(t, 'counter.ts')
  await run.says('2')
  edit('STEP = 1', 'STEP = 1000')
  const [, last = ''] = await run.says(/^(\d{4,})\n/)
  assert.ok(Number(last) > 1001 && Number(last) < 1100, last)
})

test('http-server.ts answers each request', async (t) => {
  const [, run, edit] = begin(t, 'http-server.ts', { PORT: '0' })
  const [, port] = await run.says(/generation 1 listens .*port: (\d+)/)
  const ask = () => asked(Number(port), 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  assert.match(await ask(), /hello from generation 1\n/)
  edit("'hello'", "'good day'")
  for (let answer = ''; !/good day from generation 2\n/.test(answer); ) {
    answer = await ask()
    assert.match(answer, /^HTTP\/1.1 200 OK/)
  }
  assert.equal(run.count(/generation \d+ listens .*/), 2)
})

test('job-worker.ts, over fifty restarts: no job lost, none done twice, none half done', async (t) => {
  const [, run, edit] = begin(t, 'job-worker.ts', { JOBS: '600' }, SQLITE_PACKAGES)
  for (let restart = 1; restart <= 50; restart += 1) {
    await run.says(restart === 1 ? 'hello: job' : `hello ${restart - 1}: job`)
    edit(restart === 1 ? "'hello'" : `'hello ${restart - 1}'`, `'hello ${restart}'`)
  }
  await run.says('all done, 0 lost, half done or done twice')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('[exit75] job-worker.ts changed'), 50)
})

test('the command lines for services and containers are ones that exit75 takes', () => {
  const files = ['systemd/app.service', 'docker/Dockerfile', 'docker/compose.yaml']
  const lines = files.map(
    (name) => /\bexit75"?,? +("?-.*?)\]?$/m.exec(readFileSync(join(EXAMPLES, name), 'utf8'))?.[1],
  )
  const read = lines.map((line = '') => readCommandLine(line.match(/[^\s",]+/g) ?? [], '/'))
  assert.deepEqual(
    read.map((one) => one.is === 'run' && [one.options, one.words]),
    [
      [{ exec: true }, ['server.ts']],
      [{ exec: true }, ['server.js']],
      [{ poll: 300 }, ['server.js']],
    ],
  )
})

test('systemd takes the units', (t) => {
  const names = ['app.service', 'app.socket']
  const text = (name: string) => readFileSync(join(EXAMPLES, 'systemd', name), 'utf8')
  // It looks for the program: Node is not in the same place everywhere.
  const files = names.map((name) => [name, text(name).replace('/usr/bin/node', process.execPath)])
  const dir = tempDir(t, Object.fromEntries(files), 'exit75-units')
  const { status, error, stderr } = spawnSync('systemd-analyze', ['verify', ...names.map(dir.file)], {
    encoding: 'utf8',
  })
  if (error !== undefined) return t.skip('no systemd here')
  assert.deepEqual([status, stderr], [0, ''])
})

test('every example is tried', () => {
  const tests = readFileSync(import.meta.filename, 'utf8')
  for (const name of readdirSync(EXAMPLES).filter((one) => one.endsWith('.ts')))
    assert.ok(tests.includes(`begin(t, '${name}'`), name)
})
