/** The watcher thread is not a single point of failure: its end loses no edit, leaves no orphan, delays no signal. */
import assert from 'node:assert/strict'
import module from 'node:module'
import { test } from 'node:test'
import { isAlive, type Run, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

/** Ends the thread in its first generation; `stays`: until a signal, whatever it is asked. */
const app = (stays: boolean) => `
const { PARENT, generation, launchChild, shouldRestart } = require('exit75')
process.on('worker', (thread) => {
  // The next one, on Node 20, is Node's own.
  if (generation === 1 && thread.threadId === 1) setTimeout(() => thread.terminate(), 100)
})
if (PARENT) launchChild()
else {
  console.log('ready', generation, require('./version.cjs'), process.pid)
  process.on('SIGTERM', () => { console.log('cleans up'); process.exit(3) })
  setInterval(() => shouldRestart() && !${stays} && process.exit(75), 5)
}`

const begin = (t: Parameters<typeof tempDir>[0], stays: boolean): [Run, TempDir] => {
  const dir = tempDir(t, { 'app.cjs': app(stays), 'version.cjs': "module.exports = 'a'" })
  return [start(t, ['app.cjs'], { cwd: dir.path }), dir]
}

const ENDED = '[exit75] files are no longer watched: the watcher thread has ended'

test('the app is asked to restart, and the next one is watched again', async (t) => {
  const [run, dir] = begin(t, false)
  await run.says('ready 1 a')
  await run.says(ENDED)
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says('[exit75] the thread that watches files has ended · restarted in')
  await run.says('ready 2')
  dir.write('version.cjs', "module.exports = 'c'")
  await run.says(/^ready \d c/)
})

test('a signal to the parent reaches an app that stays', async (t) => {
  const [run] = begin(t, true)
  await run.says('ready 1 a')
  await run.says(ENDED)
  run.signal('SIGTERM')
  await run.says('cleans up')
  assert.deepEqual(await run.ended, { code: 3, signal: null })
})

test('the end of the parent is noticed by an app that stays', async (t) => {
  const [run] = begin(t, true)
  const [, pid] = await run.says(/^ready 1 a (\d+)/)
  await run.says(ENDED)
  run.signal('SIGKILL')
  await run.says('cleans up')
  await until('the app is gone', run.output, () => !isAlive(Number(pid)))
})

test('a thread that ends before it has told of the flag leaves no cleanup waiting', async (t) => {
  // As if its message had not been sent: nobody hears it.
  const dir = tempDir(t, {
    'app.cjs': `
      const { PARENT, generation, launchChild, onRestart, shouldRestart } = require('exit75')
      process.on('worker', (thread) => {
        if (generation !== 1 || thread.threadId !== 1) return
        thread.removeAllListeners('message')
        setInterval(() => shouldRestart() && thread.terminate(), 5)
      })
      if (PARENT) launchChild()
      else {
        onRestart(() => console.log('cleans up'))
        console.log('ready', generation, require('./version.cjs'))
        setInterval(() => {}, 1000)
      }`,
    'version.cjs': "module.exports = 'a'",
  })
  const run = start(t, ['app.cjs'], { cwd: dir.path })
  await run.says('ready 1 a')
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says('cleans up')
  await run.says('ready 2 b')
})

/** Node is given it as it stands, before everything else: it is named like one that teaches Node a language. */
const NO_THREADS = 'node_modules/sucrase/register.cjs'

test('where the system gives no thread the app runs, and the next one is watched again', async (t) => {
  const dir = tempDir(t, {
    'app.cjs': app(false),
    'version.cjs': "module.exports = 'a'",
    'no-threads': '',
    [NO_THREADS]: `
      const threads = require('node:worker_threads')
      if (require('node:fs').existsSync('no-threads'))
        threads.Worker = class { constructor() { throw new Error('EAGAIN') } }`,
  })
  const run = start(t, ['app.cjs'], { cwd: dir.path, flags: ['-r', `./${NO_THREADS}`] })
  await run.says('ready 1 a')
  await run.says('[exit75] files are no longer watched: no thread can be started (EAGAIN)')
  dir.remove('no-threads')
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says(/^ready \d+ b/)
  dir.write('version.cjs', "module.exports = 'c'")
  await run.says(/^ready \d+ c/)
  assert.doesNotMatch(run.output(), /^ +at /m)
})

/** Five modules, each of which Node 20 asks another thread for. */
const modules = {
  'app.mjs': `
    import { PARENT, launchChild } from 'exit75'
    if (PARENT) launchChild()
    else await import('./main.mjs')`,
  'main.mjs': `
    import './a.mjs'
    import './b.mjs'
    import { generation, shouldRestart } from 'exit75'
    import { version } from './version.mjs'
    console.log('ready', generation, version)
    setInterval(() => shouldRestart() && process.exit(75), 5)`,
  'a.mjs': '',
  'b.mjs': '',
  'version.mjs': "export const version = 'a'",
}

test('a thread that ends before it has begun is waited for by nobody', async (t) => {
  const dir = tempDir(t, {
    ...modules,
    'no-threads': '',
    [NO_THREADS]: `
      const threads = require('node:worker_threads')
      const { Worker } = threads
      if (require('node:fs').existsSync('no-threads'))
        threads.Worker = class extends Worker { constructor(file, options) { super('/no/such/file.cjs', options) } }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, flags: ['-r', `./${NO_THREADS}`] })
  await run.says('ready 1 a')
  dir.remove('no-threads')
  dir.write('version.mjs', "export const version = 'b'")
  await run.says(/^ready \d+ b/)
  dir.write('version.mjs', "export const version = 'c'")
  await run.says(/^ready \d+ c/)
})

test('where Node has no thread for its own hooks the app runs, and the next one is watched again', {
  skip: 'registerHooks' in module && 'Node 20 alone has such a thread',
}, async (t) => {
  const dir = tempDir(t, {
    ...modules,
    'no-threads': '',
    [NO_THREADS]: `
      const system = require('node:module')
      if (require('node:fs').existsSync('no-threads'))
        system.register = () => { throw new Error('EAGAIN') }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, flags: ['-r', `./${NO_THREADS}`] })
  await run.says('ready 1 a')
  await run.says('[exit75] what is imported is not watched (EAGAIN) · restarted in')
  dir.remove('no-threads')
  await run.says(/^ready \d+ a/)
  dir.write('version.mjs', "export const version = 'b'")
  await run.says(/^ready \d+ b/)
  dir.write('version.mjs', "export const version = 'c'")
  await run.says(/^ready \d+ c/)
  assert.doesNotMatch(run.output(), /^ +at /m)
})
