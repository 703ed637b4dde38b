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

/** A next child that is ready ahead makes no difference here. */
const WITHOUT_STANDBY = { env: { EXIT75_STANDBY: '0' } }

/** The processes that have evaluated it. */
const evaluations = (dir: TempDir): string[] =>
  readFileSync(dir.file('evaluations'), 'utf8').trim().split('\n')

test('a program that never imports exit75 is ended by SIGTERM and launched again, a crash waits, an end is the end', async (t) => {
  const dir = appDir(t, `${FOREIGN}\nprocess.on('SIGTERM', () => { console.log('ends'); process.exit(9) })`)
  const run = register(t, dir, ['app.js'], WITHOUT_STANDBY)
  const [, first] = await run.says(/^serves a (\d+)/)
  dir.write('version.js', version('b'))
  await run.says('ends')
  const [, second] = await run.says(/^serves b (\d+)/)
  await run.says(/\[exit75\] version\.js changed · restarted in/)
  // The parent has loaded nothing of it, and each generation has evaluated it once.
  assert.deepEqual(evaluations(dir), [first, second])
  dir.write('version.js', 'export const version = process.exit(7)')
  await run.says(/\[exit75\] the app exited with 7 · waiting for a change/)
  dir.write('version.js', 'export const version = process.exit(0)')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
})

test('a program that imports exit75 is asked, and both are ended by SIGINT', async (t) => {
  const dir = appDir(t, COOPERATIVE)
  const run = register(t, dir)
  await run.says('serves a true 1')
  dir.write('version.js', version('b'))
  await run.says('was asked')
  await run.says('serves b true 2')
  assert.equal(run.count('was killed'), 0)
  await endsBothBy('SIGINT', run)
})

test('a CommonJS program that requires exit75 is asked, without a standby as well, and both are ended by SIGTERM', async (t) => {
  const dir = appDir(t, '', {
    'app.cjs': `
      const { onRestart } = require('exit75')
      const version = require('./version.cjs')
      onRestart(() => console.log('was asked'))
      setInterval(() => {}, 1000)
      console.log('serves', version)`,
    'version.cjs': `module.exports = 'a'`,
  })
  const run = register(t, dir, ['app.cjs'], WITHOUT_STANDBY)
  await run.says('serves a')
  dir.write('version.cjs', `module.exports = 'b'`)
  await run.says('was asked')
  await run.says('serves b')
  await endsBothBy('SIGTERM', run)
})

async function endsBothBy(signal: NodeJS.Signals, run: Run): Promise<void> {
  const family = descendants(run.pid)
  run.signal(signal)
  assert.deepEqual(await run.ended, { code: null, signal })
  await until('nothing is left', run.output, () => !family.some(isAlive))
}

test('a mistake in the configuration is named, and with exec the program runs in this very process', async (t) => {
  const dir = appDir(t, `console.log('runs in', process.pid)`, {
    'package.json': '{"type":"module","exit75":{"onCrsh":"exit"}}',
  })
  await register(t, dir).says(/package\.json: "exit75\.onCrsh" is unknown\. Did you mean "onCrash"\?/)
  dir.write('package.json', '{"type":"module","exit75":{"exec":true}}')
  const alone = register(t, dir)
  await alone.says(`runs in ${alone.pid}`)
})

/** Starts a process in each way that there is, and a thread, and says what they are. */
const FAMILY = `
import { execFileSync, fork } from 'node:child_process'
import cluster from 'node:cluster'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker } from 'node:worker_threads'
import { version } from './version.js'
const flags = JSON.stringify([process.execArgv, process.env.NODE_OPTIONS ?? null])
const say = (who) => console.log(who, version, process.pid, process.ppid, flags)
if (!isMainThread) { setInterval(() => {}, 1000); say('thread') }
else if (cluster.isWorker) say('worker')
else if (process.argv[2]) { process.on('disconnect', () => process.exit()); say('forked') }
else {
  process.on('SIGTERM', () => { console.log('got SIGTERM'); if (version === 'a') process.exit() })
  say('main')
  console.log('executed', version, execFileSync(process.execPath, ['-p', 'process.ppid'], { encoding: 'utf8' }).trim())
  fork(fileURLToPath(import.meta.url), ['forked'])
  cluster.fork()
  new Worker(new URL(import.meta.url))
  setInterval(() => { if (existsSync('crash')) process.exit(7) }, 5)
}`

/** All of it runs, once, and as it would without exit75. Its processes. */
async function familyOf(run: Run, letter: string, flags: string): Promise<number[]> {
  const [, main = ''] = await run.says(new RegExp(`^main ${letter} (\\d+)`))
  await run.says(`executed ${letter} ${main}`)
  // They say it when they like.
  const said = (who: string) => new RegExp(`^${who} ${letter} (\\d+) (\\d+) (.*)\n`, 'm').exec(run.output())
  const found = await until('all of them run', run.output, () => {
    const all = ['main', 'forked', 'worker', 'thread'].map(said)
    return all.includes(null) ? undefined : (all as RegExpExecArray[])
  })
  for (const [text, pid, parent, theirs] of found) {
    // A thread has a preload of ours.
    if (!text.startsWith('thread')) assert.equal(theirs, flags, text)
    if (pid !== main) assert.equal(parent, main, text)
  }
  return found.map(([, pid]) => Number(pid))
}

test('forked processes, cluster workers and threads: launched anew as a whole, and nothing is left', async (t) => {
  const dir = appDir(t, FAMILY)
  const run = register(t, dir, ['app.js'], WITHOUT_STANDBY)
  const first = await familyOf(run, 'a', '[[],null]')
  dir.write('version.js', version('b'))
  await run.says('got SIGTERM')
  const second = await familyOf(run, 'b', '[[],null]')
  await until('the last ones have ended', run.output, () => !first.some(isAlive))
  for (const who of ['main', 'forked', 'worker', 'thread']) assert.equal(run.count(who), 2, run.output())
  // This one ignores SIGTERM.
  run.signal('SIGKILL')
  await run.says('got SIGTERM')
  await until('nothing is left when its parent was killed', run.output, () => !second.some(isAlive))
})

test('through NODE_OPTIONS: what the program starts is none of ours, and the configuration holds', async (t) => {
  const dir = appDir(t, FAMILY, { 'package.json': '{"type":"module","exit75":{"onCrash":"exit"}}' })
  const run = start(t, ['app.js'], {
    cwd: dir.path,
    env: { NODE_OPTIONS: '--import exit75/register --no-deprecation', ...WITHOUT_STANDBY.env },
  })
  const family = await familyOf(run, 'a', '[[],"--no-deprecation"]')
  for (const who of ['main', 'forked', 'worker', 'thread']) assert.equal(run.count(who), 1, run.output())
  dir.write('crash', '')
  assert.deepEqual(await run.ended, { code: 7, signal: null })
  await until('nothing is left', run.output, () => !family.some(isAlive))
})

test('through NODE_OPTIONS: `npm start` means the program, not npm', async (t) => {
  const dir = appDir(t, FOREIGN, {
    'package.json': '{"type":"module","scripts":{"start":"node app.js"}}',
  })
  const run = startCommand(t, 'npm', ['start'], {
    cwd: dir.path,
    env: { NODE_OPTIONS: '--import exit75/register', ...WITHOUT_STANDBY.env },
  })
  await run.says('serves a')
  dir.write('version.js', version('b'))
  await run.says('serves b')
  assert.equal(evaluations(dir).length, 2)
})

test('under EXIT75=off the program runs in this very process', async (t) => {
  const dir = appDir(t, FOREIGN)
  const run = register(t, dir, ['app.js'], { env: { EXIT75: 'off' } })
  await run.says(`serves a ${run.pid}`)
})

test('the arguments, a loader and other preloads are as they were', async (t) => {
  const dir = appDir(t, '', {
    'app.ts': `const version: string = (await import('./text.ts')).version
      console.log('runs', version, globalThis.preloaded, process.argv.slice(2).join(' '))`,
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
})

test('a program that cannot be started twice gets an error that says so', async (t) => {
  const dir = appDir(t, FOREIGN)
  const run = register(t, dir, ['-'])
  run.process.stdin?.end('console.log(1)')
  await run.says(/Error: .*cannot be started a second time, because it came from standard input/)
  assert.equal((await run.ended).code, 1)
})
