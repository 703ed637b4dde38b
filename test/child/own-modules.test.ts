/** What a program makes itself, and loads, is not an edit of it. */
import assert from 'node:assert/strict'
import { statSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { ownModules } from '../../src/child/watcher/own-modules.ts'
import { stamped } from '../../src/watch/files/stamp.ts'
import { appFiles, onlyTheNextEditCounts, startApp } from '../helpers/app.ts'
import { startCli } from '../helpers/cli.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

const STARTED = Date.now() - process.uptime() * 1000

test('dot directories that tools write to are not edited, but for a program that lies there itself', (t) => {
  const dir = tempDir(t, { '.output/server/index.mjs': '', 'app.js': '', '.gitignore': '.generated\n' })
  symlinkSync('.output', dir.file('current'))
  const isKept = (path: string, entry = 'app.js', directory = dir.path) =>
    ownModules(directory, dir.file(entry), STARTED).isKept({ path: dir.file(path), stamp: '1 1 1 1' })
  for (const path of [
    '.next/server/manifest.json',
    '.cache/x.js',
    'apps/web/.nuxt/a/b.mjs',
    '.generated/x.js',
  ])
    assert.equal(isKept(path), true, path)
  for (const path of ['app.js', '.env.js', 'lib/.eslintrc.cjs', 'a..b/x.js', 'node_modules/.cache/x.js'])
    assert.equal(isKept(path), false, path)
  for (const entry of ['.output/server/index.mjs', 'current/server/index.mjs', 'current/server', '.output'])
    assert.equal(isKept('.output/server/lib/x.mjs', entry), false, entry)
  assert.equal(isKept('.cache/x.js', '.output/server/index.mjs'), true)
  assert.equal(isKept('.output/x.js', 'app.js', dir.file('.output')), false, 'a program started in there')
  assert.equal(isKept('.output/x.js', 'app.js', '/'), true)
})

test('another dot directory may hold sources: what was there before the program is edited, what came later is not', (t) => {
  const dir = tempDir(t, {})
  const own = ownModules(dir.path, dir.file('app.js'), STARTED)
  const isKept = (changed: number) =>
    own.isKept({ path: dir.file('.config/x.js'), stamp: `1 ${changed} 1 1` })
  assert.equal(isKept(Date.now() - 60_000), false)
  assert.equal(isKept(Date.now() + 60_000), true)
})

test('what came into being after the program, and is gone, is not an edit; what was there before is one', async (t) => {
  const dir = tempDir(t, { 'old.js': '' })
  const own = ownModules(dir.path, dir.file('app.js'), STARTED)
  const clock = t.mock.method(Date, 'now', () => statSync(dir.file('old.js')).birthtimeMs + 10)
  own.begin(Date.now())
  clock.mock.restore()
  const [old, made] = [dir.file('old.js'), dir.file('made.js')]
  const changed = (type: 'deleted' | 'modified') =>
    ({ type, bytes: Buffer.from(''), checkable: false, sizeBefore: 0 }) as const
  assert.equal(own.loaded(stamped(old)), false)
  await until('the clock of the file system is past the start', String, () => {
    dir.write('made.js', '')
    if (own.loaded(stamped(made))) return true
    dir.remove('made.js')
    return false
  })
  assert.equal(typeof own.judge(made, changed('modified')), 'object', 'edited while it is there')
  assert.deepEqual(own.remaining(), [stamped(made)], 'it may be mended after a crash')
  assert.equal(own.judge(made, changed('deleted')), 'none')
  dir.remove('made.js')
  assert.deepEqual(own.remaining(), [])
  assert.equal(own.judge(made, changed('modified')), 'none', 'made once more')
  assert.equal(typeof own.judge(old, changed('deleted')), 'object')
})

test('what is created in the tick of the clock in which the program begins is its own', (t) => {
  const dir = tempDir(t, { 'made.js': '' })
  const own = ownModules(dir.path, dir.file('app.js'), STARTED)
  const { birthtimeMs } = statSync(dir.file('made.js'))
  for (const [begin, isOwn] of [
    [birthtimeMs, true],
    [birthtimeMs + 0.001, false],
  ] as const) {
    own.begin(begin)
    assert.equal(own.loaded(stamped(dir.file('made.js'))), isOwn)
  }
})

test('a module that the program writes, imports and removes restarts nothing, nor does one in .next', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { PARENT } from 'exit75'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
const require = createRequire(import.meta.url)
if (PARENT) launch()
else {
  mkdirSync('.next', { recursive: true })
  for (let request = 0; request < 3; request += 1) {
    writeFileSync('config.bundled.mjs', 'export default ' + request)
    const config = await import('./config.bundled.mjs?' + request)
    rmSync('config.bundled.mjs')
    writeFileSync('.next/manifest.json', JSON.stringify({ request }))
    delete require.cache[require.resolve('./.next/manifest.json')]
    if (config.default !== require('./.next/manifest.json').request) throw new Error('not the same')
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  await run(version)
}
`,
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  await onlyTheNextEditCounts(app, dir)
})

test('so it is for one that the next generation writes in the first moment after its launch', async (t) => {
  const app = (version: string) => `
    const { existsSync, unlinkSync, writeFileSync } = require('node:fs')
    const file = __dirname + '/made-' + process.pid + '.cjs'
    writeFileSync(file, '')
    require(file)
    unlinkSync(file)
    if (existsSync('old.cjs')) require('./old.cjs')
    console.log('ready ${version}')
    setInterval(() => {}, 1000)`
  const dir = tempDir(t, { 'app.cjs': app('a'), 'old.cjs': '' })
  const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says(/standby \d+ is ready/)
  dir.write('app.cjs', app('b'))
  await run.says('ready b')
  dir.remove('old.cjs') // decided about after the other one, which was removed before
  await run.says(/outdated .*old\.cjs/)
  assert.doesNotMatch(run.output(), /outdated .*made-/)
})

test('on a share whose clock is an hour ahead, what was saved before the start is edited, and what is gone again at once is not', (t) => {
  const dir = tempDir(t, { 'app.js': '', 'saved.js': '', 'made.js': '' })
  const { uptime } = process
  const behind = Date.now() - 3_600_000
  let later = 0
  t.mock.method(Date, 'now', () => behind)
  t.mock.method(process, 'uptime', () => uptime() + later)
  const own = ownModules(dir.path, dir.file('app.js'), STARTED)
  own.begin(Date.now())
  for (const name of ['app.js', 'saved.js', 'made.js']) own.loaded(stamped(dir.file(name)))
  const gone = { type: 'deleted', bytes: Buffer.alloc(0), checkable: false, sizeBefore: 0 } as const
  assert.equal(own.judge(dir.file('made.js'), gone), 'none')
  assert.equal(own.judge(dir.file('app.js'), gone), gone, 'no program has created its own entry')
  later = 60
  assert.equal(own.judge(dir.file('saved.js'), gone), gone)
  assert.equal(own.judge(dir.file('made.js'), gone), 'none')
})
