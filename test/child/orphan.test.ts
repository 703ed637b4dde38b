/** What becomes of the child when the parent is gone without a word. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { instants } from '../helpers/instants.ts'
import { descendants, isAlive, type Run, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

function app(t: Test, child: string, options = ''): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
      import { createServer } from 'node:net'
      import './version.mjs'
      if (PARENT) launchChild({ ${options} })
      else { ${child} }`,
    'version.mjs': '// 1',
    'tmp/.keep': '',
  })
}

/** With a standby only where it is what is looked at. */
const run = (t: Test, dir: TempDir, EXIT75_STANDBY = '0'): Run =>
  start(t, ['app.mjs'], { cwd: dir.path, env: { TMPDIR: dir.file('tmp'), EXIT75_STANDBY } })

async function isGone(pid: number, { output }: Run): Promise<void> {
  await until(`process ${pid} is gone`, output, () => !isAlive(pid))
}

test('the clean-up for SIGTERM runs once, and the port is free', async (t) => {
  const dir = app(
    t,
    `createServer().listen(0, function () {
       process.on('SIGTERM', () => {
         console.log('got SIGTERM')
         this.close(() => console.log('closed'))
       })
       console.log('ready', process.pid, this.address().port)
     })`,
  )
  const parent = run(t, dir, '1')
  const [, pid, port] = await parent.says(/ready (\d+) (\d+)/)
  // The standby, too, as soon as there is one.
  const family = await until('the standby is there', parent.output, () => {
    const all = descendants(parent.pid)
    return all.length > 1 && all
  })
  parent.signal('SIGKILL')
  await parent.says('got SIGTERM')
  await parent.says('closed')
  for (const one of family) await isGone(one, parent)
  assert.ok(family.includes(Number(pid)))
  assert.equal(parent.count('got SIGTERM'), 1)
  const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
    connect(Number(port), '127.0.0.1').on('error', resolve),
  )
  assert.equal(error.code, 'ECONNREFUSED')
  assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep'])
})

test('an app that ignores SIGTERM is gone after killTimeout', async (t) => {
  const dir = app(
    t,
    `process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('ready', process.pid)`,
    'killTimeout: 500',
  )
  const parent = run(t, dir)
  const [, pid] = await parent.says(/ready (\d+)/)
  parent.signal('SIGKILL')
  await parent.says('no')
  await isGone(Number(pid), parent)
  assert.equal(parent.count('no'), 1)
})

test('killTimeout: Infinity leaves the app all the time that its clean-up takes', async (t) => {
  const dir = app(
    t,
    `process.on('SIGTERM', () => setTimeout(() => { console.log('cleaned up'); process.exit() }, 1000))
     setInterval(() => {}, 1000)
     console.log('ready', process.pid)`,
    'killTimeout: Infinity',
  )
  const parent = run(t, dir)
  const [, pid] = await parent.says(/ready (\d+)/)
  parent.signal('SIGKILL')
  await parent.says('cleaned up')
  await isGone(Number(pid), parent)
})

test('a busy main thread is gone as well, and its listener to SIGTERM never runs', async (t) => {
  const dir = app(
    t,
    `process.on('SIGTERM', () => console.log('ran')); console.log('ready', process.pid); for (;;);`,
    'killTimeout: 300',
  )
  const parent = run(t, dir)
  const [, pid] = await parent.says(/ready (\d+)/)
  parent.signal('SIGKILL')
  await isGone(Number(pid), parent)
  assert.equal(parent.count('ran'), 0)
})

test('in the middle of the boot, at any instant', async (t) => {
  const dir = app(t, `setInterval(() => {}, 1000)`)
  for (const delay of instants(t, 240, 2)) {
    const parent = run(t, dir)
    // A machine that is slow has not even a child after that time.
    if (delay > 80) await until('there is a child', parent.output, () => descendants(parent.pid).length > 0)
    await sleep(delay > 80 ? delay - 80 : delay)
    const before = descendants(parent.pid)
    parent.signal('SIGKILL')
    // Its output ends when the last process that holds it has ended.
    await parent.ended
    for (const pid of before) await isGone(pid, parent)
  }
  assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep'])
})

test('at any instant of a restart', async (t) => {
  const dir = app(
    t,
    `setInterval(() => { if (shouldRestart()) process.exit(75) }, 2); console.log('ready', generation)`,
  )
  for (const [at, delay] of instants(t, 120, 2).entries()) {
    const parent = run(t, dir, at === 1 ? '1' : '0')
    await parent.says('ready 1')
    parent.signal('SIGUSR2')
    await sleep(delay)
    const before = descendants(parent.pid)
    parent.signal('SIGKILL')
    await parent.ended
    for (const pid of before) await isGone(pid, parent)
  }
})

test('the moment after a restart, before the app has said a word', async (t) => {
  const dir = app(
    t,
    `if (generation > 1) process.kill(process.ppid, 'SIGKILL')
     setInterval(() => { if (shouldRestart()) process.exit(75) }, 2)
     console.log('ready', generation)`,
  )
  const parent = run(t, dir)
  await parent.says('ready 1')
  parent.signal('SIGUSR2')
  const { signal } = await parent.ended
  assert.equal(signal, 'SIGKILL')
})
