/** Worker threads with flags of their own: as under plain node, and watched. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { startCli } from '../helpers/cli.ts'
import { cleanEnvironment } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

/** The stack is compared without what runs the app after its `await`: under load plain Node shows it now and then. */
const FILES = {
  'package.json': '{}',
  'setup.cjs': 'globalThis.isSetUp = true',
  'setup.mjs': 'globalThis.isSetUp = true',
  'version.cjs': `module.exports = 'a'`,
  'thread.cjs': `
    const { parentPort, Worker, workerData } = require('node:worker_threads')
    const version = require('./version.cjs')
    const own = [workerData, process.execArgv, 'PATH' in process.env, process.argv.slice(2), globalThis.isSetUp, process._preload_modules]
    if (workerData === 'nested') parentPort.postMessage([own])
    else new Worker(__filename, { workerData: 'nested' }).on('message', ([nested]) => parentPort.postMessage([own, nested, version]))`,
  'app.mjs': `
    import threads, { Worker } from 'node:worker_threads'
    import { createRequire } from 'node:module'
    const { Worker: required } = createRequire(import.meta.url)('node:worker_threads')
    class Derived extends Worker {}
    const file = new URL('./thread.cjs', import.meta.url)
    const started = [
      new Worker(file, { workerData: 'none', execArgv: [], env: {} }),
      new Derived(file, { workerData: 'some', execArgv: ['--no-warnings', '--conditions=x'], argv: ['word'] }),
      new Worker(file, { workerData: 'inherits', env: {} }),
    ]
    const said = await Promise.all(started.map((one) => new Promise((resolve) => one.once('message', resolve))))
    let refused
    try { new Worker(file, { execArgv: ['--nonsense'] }) } catch (error) { refused = error.stack.replace('plain.mjs', 'app.mjs').replace(/\\n.*processTicksAndRejections.*/, '') }
    console.log('threads', JSON.stringify([
      said, refused, Worker === required && Worker === threads.Worker, Worker.name, Worker.length,
      started.map((one) => [one.constructor.name, one instanceof Worker, one.constructor === Worker]),
    ]))
    setInterval(() => {}, 1000)`,
}

for (const [way, flags] of [
  ['-r', ['-r', './setup.cjs']],
  ['--import', ['--import', './setup.mjs']],
] as const) {
  test(`${way}: a worker thread with flags of its own is as under node, and its modules are watched`, async (t) => {
    const dir = tempDir(t, FILES)
    dir.write('plain.mjs', FILES['app.mjs'].replace('setInterval(() => {}, 1000)', 'process.exit()'))
    const plain = spawnSync(process.execPath, [...flags, 'plain.mjs'], {
      cwd: dir.path,
      encoding: 'utf8',
      env: cleanEnvironment(), // as the other is started
    })
    const expected = /^threads (.*)$/m.exec(plain.stdout)?.[1] ?? plain.stderr
    const run = startCli(t, [...flags, 'app.mjs'], { cwd: dir.path })
    const [, found] = (await run.says(/^threads (.*)$/m)) as unknown as [string, string]
    assert.deepEqual(JSON.parse(found), JSON.parse(expected))
    dir.write('version.cjs', `module.exports = 'b'`)
    await run.says(/^threads .*"b"\]/m)
  })
}
