/**
 * What the peers' own suites ask, asked of exit75: the table is in peers-table.ts. A case that another test of
 * this suite holds is not run twice; the others are asked of two programs here.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startCli } from './helpers/cli.ts'
import { turns } from './helpers/in-turn.ts'
import { REPOSITORY, tempDir } from './helpers/temp-dir.ts'
import { ANSWERS, HERE, TABLE } from './peers-table.ts'

/** Like the fixtures of Node's and node-dev's suites: CommonJS, has never heard of exit75. */
const SERVER = `
const { version } = require('./version')
process.on('SIGTERM', () => { console.log('shuts down', version); process.exit() })
process.on('message', (message) => process.send({ version, message }))
process.stdin.on('data', (typed) => console.log('was typed', String(typed).trim()))
console.log('serves', version, JSON.stringify({
  pid: process.pid, argv: process.argv.slice(2), isMain: require.main === module, gc: typeof gc, flags: process.execArgv,
  nodeEnv: process.env.NODE_ENV ?? null, fromFile: process.env.FROM_FILE,
}))`

test('a server of CommonJS, with flags of Node and a channel', async (t) => {
  const next = turns(t)
  const dir = tempDir(t, {
    'server.js': SERVER,
    'version.js': "exports.version = 'a'",
    'preload.js': "console.log('preloaded in', process.pid)",
    '.env': 'FROM_FILE=one',
  })
  const flags = ['--expose_gc', '--env-file=.env', '-r', './preload.js']
  const run = startCli(t, [...flags, 'server.js', '--random', 'foo', '--help'], {
    cwd: dir.path,
    env: { NODE_ENV: undefined },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  })
  const serves = async (version: string) => {
    return JSON.parse((await run.says(new RegExp(`^serves ${version} (.*)\n`)))[1] as string)
  }
  const echoes = async (version: string) => {
    run.process.send('ping')
    assert.deepEqual((await once(run.process, 'message'))[0], { version, message: 'ping' })
  }

  let isInside = false
  await next(HERE.OWN_WORDS, async () => {
    const [, inside] = await run.says(/^preloaded in (\d+)\n/)
    const { pid, argv, isMain, gc, nodeEnv } = await serves('a')
    isInside = Number(inside) === pid
    assert.deepEqual([argv, isMain, gc, nodeEnv], [['--random', 'foo', '--help'], true, 'function', null])
  })
  await next(HERE.PRELOAD, () => {
    assert.ok(isInside)
    assert.equal(run.count('preloaded in'), 1)
  })
  await next(HERE.CHANNEL, () => echoes('a'))
  await next(HERE.TYPED, async () => {
    run.type('foo\n')
    await run.says('was typed foo')
  })
  await next(HERE.DEPENDENCY, async () => {
    dir.write('version.js', "exports.version = 'b'")
    await run.says('shuts down a')
    await serves('b')
    await echoes('b')
  })
  await next(HERE.AGAIN, async () => {
    dir.write('version.js', "exports.version = 'c'")
    await run.says('shuts down b')
    await serves('c')
  })
  await next(HERE.ENV_FILE, async () => {
    dir.write('.env', 'FROM_FILE=two')
    await run.says('shuts down c')
    assert.equal((await serves('c')).fromFile, 'two')
  })
  await next(HERE.OUTPUT, () => {
    assert.ok(!run.output().includes('\u001B'), run.output())
    assert.equal(run.count(/Warning|\d\d:\d\d:\d\d/), 0, run.output())
  })
  await next(HERE.SIGINT, async () => {
    run.signal('SIGINT')
    assert.deepEqual(await run.ended, { code: null, signal: 'SIGINT' }, run.output())
  })
})

/** Like those of tsx's suite and node-dev's odd ones: an ES module with a strange name that does strange things. */
const STRANGE = `
import { createRequire } from 'node:module'
import { version } from './[version] {a,b}.mjs'
import dependency from 'pnpm-dep'
import ignored from './ignored/part.mjs'
const require = createRequire(import.meta.url)
try { require('./no-such-module') } catch { console.log('caught') }
delete require.extensions['.js']
require.extensions['.own'] = () => {}
process.on('uncaughtException', (error) => setTimeout(() => {
  console.log('handled', error)
  console.log('blocks', version, dependency, ignored)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}, 1))
setTimeout(() => { throw null }, 1)
`

test('an ES module with a strange name, whose event loop stands still', async (t) => {
  const next = turns(t)
  const version = (name: string) => `export const version = '${name}'`
  const dir = tempDir(t, {
    'app/!entry.mjs': STRANGE,
    'app/[version] {a,b}.mjs': version('a'),
    'app/ignored/part.mjs': "export default 'part'",
    'store/pnpm-dep/package.json': '{"main":"index.js"}',
    'node_modules/.pnpm/pnpm-dep@1/node_modules/pnpm-dep/index.js': "module.exports = 'dependency'",
    'app/node_modules/.keep': '',
  })
  symlinkSync(
    dir.file('node_modules/.pnpm/pnpm-dep@1/node_modules/pnpm-dep'),
    dir.file('app/node_modules/pnpm-dep'),
  )
  const run = startCli(t, ['--ignore', 'ignored/*', './!entry.mjs'], { cwd: dir.file('app') })
  const blocks = (name: string) => run.says(`blocks ${name} dependency part`)

  await next(HERE.NAMES, () => blocks('a'))
  await next(HERE.CAUGHT, () => {
    assert.equal(run.count('caught'), 1)
    assert.equal(run.count('handled null'), 1)
  })
  await next(HERE.BLOCKED, async () => {
    dir.write('app/[version] {a,b}.mjs', version('b'))
    await blocks('b')
  })
  await next(HERE.IGNORED, async () => {
    dir.write(
      'node_modules/.pnpm/pnpm-dep@1/node_modules/pnpm-dep/index.js',
      "module.exports = 'dependency' // edited",
    )
    dir.write('app/ignored/part.mjs', "export default 'part' // edited")
    dir.write('app/[version] {a,b}.mjs', version('c'))
    await blocks('c')
    await run.says(/\[exit75\] \[version\] \{a,b\}\.mjs changed · restarted/)
    assert.equal(run.count('blocks'), 3, run.output())
  })
  await next('SIGTERM ends it as well', async () => {
    run.signal('SIGTERM')
    assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' }, run.output())
  })
})

const HERE_NAMES: ReadonlySet<string> = new Set(Object.values(HERE))

test('each case of the table is held by a test that is there, and what is different has a reason', () => {
  const seen = new Set<string>()
  for (const [suite, cases] of Object.entries(TABLE))
    for (const [asked, answer, by, reason] of cases) {
      const what = `${suite}: ${asked}`
      assert.ok(!seen.has(what), `${what} is there twice`)
      seen.add(what)
      assert.ok(ANSWERS.includes(answer), what)
      if (answer !== 'the same') assert.ok(reason, `${what}: why?`)
      const [, file, title = ''] = /^(\S+\.test\.ts): (.+)$/.exec(by) ?? []
      if (file === undefined) assert.ok(HERE_NAMES.has(by), `${what}: nothing here is called ${by}`)
      else assert.ok(readFileSync(join(REPOSITORY, 'test', file), 'utf8').includes(title), `${what}: ${by}`)
    }
})
