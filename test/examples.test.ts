import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseCommandLine } from '../src/cli/command-line.ts'
import { STRIPS_TYPES } from './helpers/app.ts'
import { endsClean } from './helpers/ending.ts'
import { asked } from './helpers/listeners.ts'
import { isAlive, type Run, start } from './helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from './helpers/temp-dir.ts'
import { terminal } from './helpers/terminal.ts'
import { until } from './helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

const EXAMPLES = join(REPOSITORY, 'examples')

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

const TSX = ['--import', import.meta.resolve('tsx')]

function folderWith(t: Test, name: string): TempDir {
  const dir = tempDir(t, { 'package.json': '{"type":"module"}' })
  cpSync(join(EXAMPLES, name), dir.file(name))
  return dir
}

function edit(dir: TempDir, name: string, from: string, to: string): void {
  const code = readFileSync(dir.file(name), 'utf8')
  assert.ok(code.includes(from), `${from} in ${name}`)
  dir.write(name, code.replace(from, to))
}

function begin(t: Test, name: string, env = {}): [TempDir, Run, (from: string, to: string) => void] {
  const dir = folderWith(t, name)
  const run = start(t, [name], {
    cwd: dir.path,
    flags: name === 'loop.ts' || !STRIPS_TYPES ? TSX : [],
    // One of them shows that it does with a next child that is ready ahead, too.
    env: { ...(name !== 'loop.ts' && { EXIT75_STANDBY: '0' }), ...env },
  })
  return [dir, run, (from, to) => edit(dir, name, from, to)]
}

/** As by `kill`, which reaches the parent alone. */
async function dies(run: Run): Promise<void> {
  const ending = await endsClean(run, () => run.signal('SIGINT'))
  assert.deepEqual(ending, { code: null, signal: 'SIGINT' })
}

test('loop.ts goes on with the new word', async (t) => {
  const [, run, edit] = begin(t, 'loop.ts')
  await run.says('tick 1')
  edit("'tick'", "'tock'")
  await run.says('tock 1')
  await dies(run)
})

test('busy-loop.ts sees the change without ever yielding', async (t) => {
  const [, run, edit] = begin(t, 'busy-loop.ts')
  await run.says('longest so far: 118 steps from 97')
  edit("'longest'", "'the longest'")
  await run.says('generation 2 looks for long Collatz chains')
  await run.says('the longest so far: 118 steps from 97')
  await dies(run)
})

test('counter.ts counts on', async (t) => {
  const [, run, edit] = begin(t, 'counter.ts')
  await run.says('2')
  edit('STEP = 1', 'STEP = 1000')
  const [, last = ''] = await run.says(/^(\d{4,})\n/)
  assert.ok(Number(last) > 1001 && Number(last) < 1100, last)
  await dies(run)
})

test('http-server.ts answers each request', async (t) => {
  const [, run, edit] = begin(t, 'http-server.ts', { PORT: '0' })
  const [, port] = await run.says(/generation 1 listens .*port: (\d+)/)
  const ask = () => asked(Number(port), REQUEST)
  assert.match(await ask(), /hello from generation 1\n/)
  edit("'hello'", "'good day'")
  for (let answer = ''; !/good day from generation 2\n/.test(answer); ) {
    answer = await ask()
    assert.match(answer, /^HTTP\/1.1 200 OK/)
  }
  assert.equal(run.count(/generation \d+ listens .*/), 2)
  await dies(run)
})

test('cluster.ts refuses nobody, and its workers answer what they have begun', async (t) => {
  const [, run, edit] = begin(t, 'cluster.ts', { PORT: '0' })
  const [, one, port] = await run.says(/^hello from generation 1: (\d+) listens .*port: (\d+)/)
  const [, other] = await run.says(/^hello from generation 1: (\d+) listens/)
  const old = [Number(one), Number(other)]
  const ask = () => asked(Number(port), REQUEST)
  // It would ask again on the same connection, for ever.
  const asking = REQUEST.replace('Connection: close\r\n', '')
  const [begun, rest] = [asking.slice(0, 20), asking.slice(20)]
  const slow = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  slow.setTimeout(25_000, () => slow.destroy()) // or a worker could outlive a test that failed
  slow.write(begun)
  // It was accepted before these.
  for (const _worker of old) assert.match(await ask(), /hello from generation 1, worker \d+\n/)
  edit("'hello'", "'good day'")
  await until('the idle worker is gone', run.output, () => !old.every(isAlive))
  const next = ask()
  await sleep(300) // a primary that did not wait would have been replaced by now
  assert.equal(run.count('[exit75] cluster.ts changed'), 0)
  slow.write(rest)
  const last = (await slow.toArray()).join('')
  assert.match(last, /^Connection: close\r\n.*hello from generation 1, worker \d+\n/ms)
  assert.match(await next, /good day from generation 2, worker \d+\n/)
  assert.deepEqual(old.filter(isAlive), [])
  for (const _worker of old) await run.says('good day from generation 2')
  assert.doesNotMatch(run.output(), /Error/)
  await dies(run)
})

test('worker-threads.ts waits for each of its threads', {
  skip: process.versions.node.startsWith('20.') && 'tsx does not reach worker threads on Node 20',
}, async (t) => {
  const [, run, edit] = begin(t, 'worker-threads.ts')
  for (const _thread of [1, 2]) await run.says(/^thread \d of generation 1 works$/) // in any order
  edit("'works'", "'goes on'")
  await run.says('all threads of generation 1 have ended')
  assert.equal(run.count(/^thread \d stops after \d+ rounds$/), 2)
  await run.says(/^thread \d of generation 2 goes on$/)
  await dies(run)
})

test('cli-tool.ts reads what it is given, and its exit code is passed through', async (t) => {
  const [, run] = begin(t, 'cli-tool.ts')
  await run.says('generation 1')
  run.type('abc\n')
  await run.says('cba')
  assert.deepEqual(await endsClean(run, () => run.type('quit 3\n')), { code: 3, signal: null })
})

test('cli-tool.ts in a terminal: the line after the restart is for the new code, and Ctrl-D ends it', async (t) => {
  const dir = folderWith(t, 'cli-tool.ts')
  const shell = await terminal(t, { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  shell.enter(`"$NODE" --import ${import.meta.resolve('tsx')} cli-tool.ts`)
  await shell.says('generation 1')
  shell.enter('abc')
  await shell.says('cba')
  edit(dir, 'cli-tool.ts', "join('')", "join('-')")
  await shell.says('generation 2')
  shell.enter('abc')
  await shell.says('c-b-a')
  shell.type('\x04')
  assert.equal(await shell.prompt(), 0)
})

test('the command lines for services and containers are ones that exit75 takes', () => {
  const files = ['systemd/app.service', 'docker/Dockerfile', 'docker/compose.yaml']
  const lines = files.map(
    (name) => /\bexit75"?,? +("?-.*?)\]?$/m.exec(readFileSync(join(EXAMPLES, name), 'utf8'))?.[1],
  )
  const read = lines.map((line = '') => parseCommandLine(line.match(/[^\s",]+/g) ?? [], '/'))
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

test('every example is tried, and says first what to do and what will be seen', () => {
  const files = [import.meta.filename, join(REPOSITORY, 'test/world/job-worker.test.ts')]
  const tests = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  for (const name of readdirSync(EXAMPLES).filter((one) => one.endsWith('.ts'))) {
    assert.ok(new RegExp(`(begin|start)\\(t, \\[?'${name}'`).test(tests), name)
    const code = readFileSync(join(EXAMPLES, name), 'utf8')
    const lines = code.trimEnd().split('\n').length
    assert.ok(lines >= 15 && lines <= 40, `${name} has ${lines} lines`)
    const [comment = ''] = /^\/\*\*.*?\*\//s.exec(code) ?? []
    assert.match(comment, /\bedit\b.* and\s(?:\* )?save/s, name)
    assert.ok(comment.includes(name === 'loop.ts' ? 'npm start' : name), `how to start ${name}`)
  }
})
