import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { start, startCommand } from './helpers/start.ts'
import { tempDir } from './helpers/temp-dir.ts'

const ADVICE = 'Call it in the parent only: if (PARENT) launchChild(); else main()'

/** Each is a child of one program after the other; the last one waits for a signal. */
const CHILDREN = [
  ['process.exit(generation < 3 ? 75 : 4)', { code: 4, signal: null, restarts: 2 }],
  ['', { code: 0, signal: null, restarts: 0 }],
  ["process.kill(process.pid, 'SIGKILL')", { code: null, signal: 'SIGKILL', restarts: 0 }],
  [
    "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 9)",
    { code: null, signal: 'SIGTERM', restarts: 0 },
  ],
  ["console.log('ready'); setInterval(() => {}, 1000)", { code: null, signal: 'SIGTERM', restarts: 0 }],
] as const

test('exit: false resolves with how it ended, and the program goes on, one after the other', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { createServer } from 'node:net'
      import { PARENT, generation, launchChild } from 'exit75'
      if (PARENT) {
        for (const code of ${JSON.stringify(CHILDREN.map(([code]) => code))})
          console.log('ended', JSON.stringify(await launchChild({ exit: false, env: { CODE: code } })))
        console.log('listeners', process.listenerCount('SIGTERM'), process.listenerCount('SIGUSR2'))
        createServer().listen(0, () => console.log('goes on'))
      } else eval(process.env.CODE)`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  for (const [code, ending] of CHILDREN) {
    if (code.includes('ready')) {
      await run.says('ready')
      run.signal('SIGTERM')
    }
    const [, json = ''] = await run.says(/^ended (.*)\n/)
    assert.deepEqual(JSON.parse(json), ending)
  }
  await run.says('listeners 0 0')
  await run.says('goes on')
  // It was told of the first one, and can be ended by the next.
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
})

// Only there it is written in JavaScript, and takes longer than running what it reads.
const hasSlowScan = Number(process.versions.node.split('.')[0]) < 24
test('the code of the parent is not scanned for what it exports', { skip: !hasSlowScan }, async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) {
        await launchChild({ exit: false })
        console.log('scanned', process.moduleLoadList.filter((name) => name.includes('cjs-module-lexer')))
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  await run.says('scanned []')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
})

test('launchChild() in the child, and in a worker thread of it, is an error that says what to do', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      import { isMainThread, Worker } from 'node:worker_threads'
      const failed = ({ message }) => console.log(isMainThread ? 'child' : 'thread', message)
      if (isMainThread && !PARENT) new Worker(new URL(import.meta.url)).on('exit', () => process.exit(3))
      launchChild().catch(failed)`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 3, signal: null })
  for (const where of ['child', 'thread'])
    assert.equal(run.count(`${where} launchChild(): this process is the child. ${ADVICE}`), 1, run.output())
})

test('launchChild() in a worker thread of a program that exit75 did not start is one, too', async () => {
  const code = `
    const { parentPort } = require('node:worker_threads')
    import(${JSON.stringify(import.meta.resolve('exit75'))})
      .then(({ launchChild }) => launchChild())
      .catch(({ message }) => parentPort.postMessage(message))`
  const [message] = await once(new Worker(code, { eval: true }), 'message')
  assert.equal(
    message,
    `launchChild(): this is a worker thread, so there is nothing to launch here. ${ADVICE}`,
  )
})

const BARE = `import { launchChild } from 'exit75'; await launchChild()`

test('launchChild() under EXIT75=off is an error that says what to do', async (t) => {
  const dir = tempDir(t, { 'app.mjs': BARE })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75: 'off' } })
  assert.deepEqual(await run.ended, { code: 1, signal: null })
  assert.ok(
    run.output().includes(`launchChild(): EXIT75 is "off", so there is nothing to launch here. ${ADVICE}`),
  )
})

const FROM_FILE =
  /launchChild\(\): this program cannot be started a second time, because it (came from standard input|is the REPL)\. Put it into a file and run: node file\.js/

test('launchChild() in a program from standard input is refused', async (t) => {
  const run = start(t, ['--input-type=module'], { cwd: tempDir(t, {}).path })
  run.process.stdin?.end(BARE)
  assert.deepEqual(await run.ended, { code: 1, signal: null })
  assert.match(run.output(), FROM_FILE)
})

test('launchChild() in the REPL is refused, and the REPL goes on', async (t) => {
  const run = start(t, ['-i'], { cwd: tempDir(t, {}).path })
  run.type(`void require('exit75').launchChild().catch((error) => console.log(error.message))\n`)
  await run.says(FROM_FILE)
  run.type('.exit\n')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.match(run.output(), /it is the REPL/)
})

test('-e has its program in the flags: it is launched again', async (t) => {
  const program = `
    const { PARENT, generation, launchChild } = require('exit75')
    if (PARENT) launchChild()
    else { console.log('generation', generation, ...process.argv.slice(1)); process.exit(generation < 2 ? 75 : 7) }`
  const run = start(t, ['-e', program, '--', 'one', '--two'], { cwd: tempDir(t, {}).path })
  assert.deepEqual(await run.ended, { code: 7, signal: null }, run.output())
  assert.equal(run.count('generation 1 one --two'), 1, run.output())
  assert.equal(run.count('generation 2 one --two'), 1)
})

test('a program whose directory was removed still says so itself', async (t) => {
  const dir = tempDir(t, { 'app.mjs': 'import "exit75"; console.log("imported")' })
  mkdirSync(dir.file('gone'))
  const command = `cd gone && rmdir ../gone && exec "$NODE" "${dir.file('app.mjs')}"`
  const run = startCommand(t, 'sh', ['-c', command], { cwd: dir.path, env: { NODE: process.execPath } })
  await run.says('imported')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
})
