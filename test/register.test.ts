import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { descendants, isAlive, type Run, type StartOptions, start, startCommand } from './helpers/start.ts'
import { type TempDir, tempDir } from './helpers/temp-dir.ts'
import { until } from './helpers/until.ts'

/** Has never heard of exit75. Each evaluation, in whatever process, leaves a line in a file. */
const FOREIGN = `
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { version } from './version.js'
appendFileSync('evaluations', process.pid + '\\n')
createServer().listen(0, () => console.log('serves', version, process.pid))`

/** Asks, and says goodbye. */
const COOPERATIVE = `
import { CHILD, generation, onRestart } from 'exit75'
import { version } from './version.js'
process.on('SIGTERM', () => console.log('was killed'))
onRestart(() => console.log('was asked'))
setInterval(() => {}, 1000)
console.log('serves', version, CHILD, generation)`

const version = (text: string) => `export const version = '${text}'`

function appDir(t: TestContext, app: string, others: Record<string, string> = {}): TempDir {
  return tempDir(t, {
    'package.json': '{"type":"module"}',
    'app.js': app,
    'version.js': version('a'),
    ...others,
  })
}

const register = (
  t: TestContext,
  dir: TempDir,
  args: string[] = ['app.js'],
  options: StartOptions = {},
): Run => start(t, args, { flags: ['--import', 'exit75/register'], cwd: dir.path, ...options })

test('a program that never imports exit75 is ended by SIGTERM and launched again', async (t) => {
  const dir = appDir(t, `${FOREIGN}\nprocess.on('SIGTERM', () => { console.log('ends'); process.exit(9) })`)
  const run = register(t, dir)
  await run.says('serves a')
  dir.write('version.js', version('b'))
  await run.says('ends')
  await run.says('serves b')
  await run.says(/\[exit75\] version\.js changed · restarted in/)
})

test('the parent loads nothing of the program, and each generation evaluates it once', async (t) => {
  const dir = appDir(t, FOREIGN)
  const run = register(t, dir)
  const [, first] = await run.says(/^serves a (\d+)/)
  dir.write('version.js', version('b'))
  const [, second] = await run.says(/^serves b (\d+)/)
  assert.deepEqual(readFileSync(dir.file('evaluations'), 'utf8').trim().split('\n'), [first, second])
})

test('a program that imports exit75 is asked, with a standby and without', async (t) => {
  const dir = appDir(t, COOPERATIVE)
  for (const standby of ['1', '0']) {
    dir.write('version.js', version('a'))
    const run = register(t, dir, ['app.js'], { env: { EXIT75_STANDBY: standby } })
    for (const [generation, letter] of ['a', 'b', 'c'].entries()) {
      await run.says(`serves ${letter} true ${generation + 1}`)
      dir.write('version.js', version(String.fromCharCode(letter.charCodeAt(0) + 1)))
      await run.says('was asked')
    }
    assert.equal(run.count('was killed'), 0)
    run.signal('SIGKILL')
    await run.ended
  }
})

test('a CommonJS program that requires exit75 is asked', async (t) => {
  const dir = appDir(t, '', {
    'app.cjs': `
      const { onRestart } = require('exit75')
      const version = require('./version.cjs')
      process.on('SIGTERM', () => console.log('was killed'))
      onRestart(() => console.log('was asked'))
      setInterval(() => {}, 1000)
      console.log('serves', version)`,
    'version.cjs': `module.exports = 'a'`,
  })
  const run = register(t, dir, ['app.cjs'])
  await run.says('serves a')
  dir.write('version.cjs', `module.exports = 'b'`)
  await run.says('was asked')
  await run.says('serves b')
  assert.equal(run.count('was killed'), 0)
})

test('a crash waits for a change, an ordinary end is the end', async (t) => {
  const dir = appDir(t, `import './version.js'\nconsole.log('ran')\nprocess.exit(globalThis.code)`, {
    'version.js': 'globalThis.code = 7',
  })
  const run = register(t, dir)
  await run.says(/\[exit75\] the app exited with 7 · waiting for a change/)
  dir.write('version.js', 'globalThis.code = 0')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('ran'), 2)
})

test('the configuration holds, and a mistake in it is named', async (t) => {
  const dir = appDir(t, 'process.exit(7)', {
    'package.json': '{"type":"module","exit75":{"onCrash":"exit"}}',
  })
  assert.deepEqual(await register(t, dir).ended, { code: 7, signal: null })
  dir.write('package.json', '{"type":"module","exit75":{"onCrsh":"exit"}}')
  await register(t, dir).says(/package\.json: "exit75\.onCrsh" is unknown\. Did you mean "onCrash"\?/)
  dir.write('package.json', '{"type":"module","exit75":{"exec":true}}')
  dir.write('app.js', `console.log('runs in', process.pid)`)
  const alone = register(t, dir)
  await alone.says(`runs in ${alone.pid}`)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends both, by that signal`, async (t) => {
    const dir = appDir(t, FOREIGN)
    const run = register(t, dir)
    await run.says('serves a')
    const family = descendants(run.pid)
    run.signal(signal)
    assert.deepEqual(await run.ended, { code: null, signal })
    await until('nothing is left', run.output, () => !family.some(isAlive))
  })
}

test('through NODE_OPTIONS: what the program starts is none of ours', async (t) => {
  const dir = appDir(
    t,
    `import { execFileSync, fork } from 'node:child_process'
    import { version } from './version.js'
    const flags = () => JSON.stringify([process.execArgv, process.env.NODE_OPTIONS ?? null, process.ppid])
    if (process.argv[2] === 'forked') { console.log('forked', flags()); process.exit() }
    console.log('main', flags(), process.pid)
    console.log('executed', execFileSync(process.execPath, ['-p', 'process.ppid'], { encoding: 'utf8' }).trim())
    fork('app.js', ['forked']).on('exit', () => console.log('serves', version))
    setInterval(() => {}, 1000)`,
  )
  const run = start(t, ['app.js'], {
    cwd: dir.path,
    env: { NODE_OPTIONS: '--import exit75/register --no-deprecation' },
  })
  const [, pid] = await run.says(/^main \[\[\],"--no-deprecation",\d+\] (\d+)/)
  await run.says(`executed ${pid}`)
  await run.says(`forked [[],"--no-deprecation",${pid}]`)
  await run.says('serves a')
  dir.write('version.js', version('b'))
  await run.says('serves b')
})

test('through NODE_OPTIONS: `npm start` means the program, not npm', async (t) => {
  const dir = appDir(t, FOREIGN, {
    'package.json': '{"type":"module","scripts":{"start":"node app.js"}}',
  })
  const run = startCommand(t, 'npm', ['start'], {
    cwd: dir.path,
    env: { NODE_OPTIONS: '--import exit75/register' },
  })
  await run.says('serves a')
  dir.write('version.js', version('b'))
  await run.says('serves b')
  assert.equal(readFileSync(dir.file('evaluations'), 'utf8').trim().split('\n').length, 2)
})

test('under EXIT75=off the program runs in this very process', async (t) => {
  const dir = appDir(t, FOREIGN)
  const run = register(t, dir, ['app.js'], { env: { EXIT75: 'off' } })
  await run.says(`serves a ${run.pid}`)
})

test('the arguments, a loader and other preloads are as they were', async (t) => {
  const dir = appDir(t, '', {
    'app.ts': `const version: string = (await import('./text.ts')).version
      console.log('runs', version, globalThis.preloaded, process.argv.slice(2).join(' '))
      setInterval(() => {}, 1000)`,
    'text.ts': `export const version: string = 'a'`,
    'preload.mjs': `globalThis.preloaded = (globalThis.preloaded ?? 0) + 1`,
  })
  const run = start(t, ['app.ts', '--one', 'two'], {
    cwd: dir.path,
    flags: [
      '--import',
      'exit75/register',
      '--import',
      import.meta.resolve('tsx'),
      '--import',
      './preload.mjs',
    ],
  })
  await run.says('runs a 1 --one two')
  dir.write('text.ts', `export const version: string = 'b'`)
  await run.says('runs b 1 --one two')
})

test('a program that cannot be started twice gets an error that says so', async (t) => {
  const dir = appDir(t, FOREIGN)
  const run = register(t, dir, ['-'])
  run.process.stdin?.end('console.log(1)')
  await run.says(/Error: .*cannot be started a second time, because it came from standard input/)
  assert.equal((await run.ended).code, 1)
})

for (const [what, app] of [
  [
    'a cluster',
    `import cluster from 'node:cluster'
    import { createServer } from 'node:http'
    import { version } from './version.js'
    if (cluster.isPrimary) for (const _ of [1, 2]) cluster.fork()
    else createServer().listen(0, () => console.log('works', version, process.pid))`,
  ],
  [
    'forked processes',
    `import { fork } from 'node:child_process'
    import { fileURLToPath } from 'node:url'
    import { version } from './version.js'
    if (process.argv[2]) { process.on('disconnect', () => process.exit()); console.log('works', version, process.pid) }
    else for (const _ of [1, 2]) fork(fileURLToPath(import.meta.url), ['forked'])`,
  ],
  [
    'worker threads',
    `import { isMainThread, Worker } from 'node:worker_threads'
    import { version } from './version.js'
    if (isMainThread) for (const _ of [1, 2]) new Worker(new URL(import.meta.url))
    else { setInterval(() => {}, 1000); console.log('works', version, process.pid) }`,
  ],
] as const) {
  for (const way of ['a flag', 'NODE_OPTIONS']) {
    test(`${what}, by ${way}: launched anew as a whole, and nothing is left`, async (t) => {
      const dir = appDir(t, app)
      const run =
        way === 'a flag'
          ? register(t, dir)
          : start(t, ['app.js'], { cwd: dir.path, env: { NODE_OPTIONS: '--import exit75/register' } })
      const pids: number[] = []
      for (const letter of ['a', 'b']) {
        for (const _ of [1, 2]) pids.push(Number((await run.says(new RegExp(`^works ${letter} (\\d+)`)))[1]))
        await until('the last ones have ended', run.output, () => !pids.slice(0, -2).some(isAlive))
        if (letter === 'a') dir.write('version.js', version('b'))
      }
      assert.equal(run.count('works'), 4, run.output())
      run.signal('SIGTERM')
      assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
      await until('nothing is left', run.output, () => !pids.some(isAlive))
    })
  }
}

test('one that ignores SIGTERM is ended when its parent was killed', async (t) => {
  const dir = appDir(t, `${FOREIGN}\nprocess.on('SIGTERM', () => console.log('got SIGTERM'))`)
  const run = register(t, dir)
  const [, pid] = await run.says(/^serves a (\d+)/)
  run.signal('SIGKILL')
  await run.says('got SIGTERM')
  await until('it is gone', run.output, () => !isAlive(Number(pid)))
})
