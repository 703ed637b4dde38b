/** What decided where a module was found is watched as the module is. */
import assert from 'node:assert/strict'
import { renameSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { reporter } from '../../src/child/load-reporter.ts'
import {
  earlierCandidates,
  linkTo,
  nearerPackages,
  packageOf,
  placesOfMissing,
} from '../../src/child/what-decided.ts'
import { PHASE, SLOT, type ThreadMessage } from '../../src/protocol/threads.ts'
import { appFiles, startApp } from '../helpers/app.ts'
import { start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

const requestIn = (dir: TempDir, from: string, specifier: string, isRequire = true) => ({
  specifier,
  parentURL: pathToFileURL(dir.file(from)).href,
  isRequire,
})

/** Puts another link in the place of one, as `ln -sfn` and tools for releases do. */
function repoint(dir: TempDir, link: string, target: string): void {
  symlinkSync(target, dir.file(`${link}.new`))
  renameSync(dir.file(`${link}.new`), dir.file(link))
}

test('require would have preferred a file to a directory, and endings in their order', (t) => {
  const dir = tempDir(t, { 'lib/index.js': '', 'data.json': '', 'a#b.node': '', 'app.js': '' })
  const earlier = (found: string, specifier: string, isRequire = true) =>
    earlierCandidates(dir.file(found), requestIn(dir, 'app.js', specifier, isRequire)).map((path) =>
      path.slice(dir.path.length + 1),
    )
  // The endings are those of this process: tsx, which runs the tests, has added its own.
  const node = (paths: string[]) =>
    paths.filter((path) => !/[cm]?[jt]sx?$/.test(path) || path.endsWith('.js'))
  assert.deepEqual(node(earlier('lib/index.js', './lib')), [
    'lib.js',
    'lib.json',
    'lib.node',
    'lib/package.json',
  ])
  assert.deepEqual(node(earlier('lib/index.js', './lib/')), ['lib/package.json'])
  assert.deepEqual(node(earlier('data.json', './data')), ['data', 'data.js'])
  assert.deepEqual(node(earlier('a#b.node', './a#b')), ['a#b', 'a#b.js', 'a#b.json'])
  assert.deepEqual(earlier('data.json', './data.json'), [])
  assert.deepEqual(earlier('data.json', './data', false), [], 'an import is exact')
  assert.deepEqual(earlier('lib/index.js', 'lib'), [], 'a package')
})

test('a package.json without the part that was asked for decides for the app, and not for a package', (t) => {
  const dir = tempDir(t, {
    'node_modules/asker/index.js': '',
    'node_modules/part/package.json': '{"exports":{}}',
  })
  const decidedFor = (from: string) => {
    const told: ThreadMessage[] = []
    const flags = new Int32Array(SLOT.length)
    flags[SLOT.phase] = PHASE.running
    const data = { flags, nodeModules: false, stateDirectory: dir.file('state'), reportsImports: false }
    const { failed } = reporter((message) => told.push(message), { ...data, preloads: [] })
    failed(requestIn(dir, from, 'part/of-it'), Object.assign(new Error(), { code: 'MODULE_NOT_FOUND' }))
    return told.flatMap((message) => (message.is === 'decided' ? [message.file.path] : []))
  }
  assert.deepEqual(decidedFor('app.js'), [dir.file('node_modules/part/package.json')])
  assert.deepEqual(decidedFor('node_modules/asker/index.js'), [])
})

test('a package that is installed nearer than the one that was found would be preferred', (t) => {
  const dir = tempDir(t, {
    'package.json': '',
    'node_modules/far/index.js': '',
    'node_modules/@of/far/index.js': '',
    'packages/pkg/index.js': '',
    'sub/package.json': '',
    'sub/node_modules/near/index.js': '',
    'sub/node_modules/empty/package.json': '',
    'node_modules/empty/index.js': '',
    'sub/deep/app.js': '',
  })
  symlinkSync('../packages/pkg', dir.file('node_modules/pkg'))
  const nearer = (found: string, specifier: string) =>
    nearerPackages(dir.file(found), requestIn(dir, 'sub/deep/app.js', specifier)).map((path) =>
      path.slice(dir.path.length + 1),
    )
  assert.deepEqual(nearer('node_modules/far/index.js', 'far'), ['sub/node_modules/far/package.json'])
  assert.deepEqual(nearer('node_modules/@of/far/index.js', '@of/far/index.js'), [
    'sub/node_modules/@of/far/package.json',
  ])
  assert.deepEqual(nearer('packages/pkg/index.js', 'pkg'), ['sub/node_modules/pkg/package.json'], 'a link')
  assert.deepEqual(nearer('sub/node_modules/near/index.js', 'near'), [])
  assert.deepEqual(nearer('node_modules/empty/index.js', 'empty'), [], 'it was there, and was passed over')
  assert.deepEqual(nearer('sub/app.js', '../app.js'), [])
})

test('a package that is installed nearer than the one that runs restarts the program, when all of it is there', async (t) => {
  const dir = tempDir(t, {
    ...appFiles(),
    'node_modules/pkg/index.js': `module.exports = 'far'`,
    'sub/package.json': '{"type":"module"}',
    'sub/app.js': `
import { PARENT } from 'exit75'
import { launch, run } from '../kit.mjs'
import version from 'pkg'
if (PARENT) launch()
else await run(version)
`,
  })
  const app = startApp(t, dir, { entry: 'sub/app.js' })
  await app.says('ready 1 far []')
  dir.write('sub/node_modules/pkg/package.json', '{"main":"main.js"}')
  dir.write('sub/node_modules/pkg/main.js', `module.exports = 'near'`)
  await app.says('ready 2 near [added package.json]')
})

test('what comes into an earlier directory of NODE_PATH than the one where a module was found restarts the program', async (t) => {
  const dir = tempDir(t, {
    ...appFiles(),
    'sub/package.json': '{"type":"commonjs"}',
    'sub/app.js': `
const { PARENT } = require('exit75')
import('../kit.mjs').then(({ launch, run }) => PARENT ? launch() : run(require('shared')))
`,
    'b/shared.js': `module.exports = 'late'`,
    'a/package.json': '{}',
    'b/package.json': '{}',
  })
  const app = startApp(t, dir, {
    entry: 'sub/app.js',
    env: { NODE_PATH: [dir.file('a'), dir.file('b')].join(delimiter) },
  })
  await app.says('ready 1 late []')
  dir.write('a/shared.js', `module.exports = 'early'`)
  await app.says('ready 2 early [added shared.js]')
})

test('a link on the way of a file, and the link of a workspace package', (t) => {
  const dir = tempDir(t, { 'packages/pkg/src/x.js': '', 'releases/1/a.js': '', 'app.js': '' })
  symlinkSync('../packages/pkg', dir.file('node_modules/pkg'))
  symlinkSync('releases/1', dir.file('current'))
  const link = (found: string, specifier: string) =>
    linkTo(dir.file(found), requestIn(dir, 'app.js', specifier))?.slice(dir.path.length + 1)
  assert.equal(link('packages/pkg/src/x.js', 'pkg'), 'node_modules/pkg')
  assert.equal(link('packages/pkg/src/x.js', 'pkg/src/x.js'), 'node_modules/pkg')
  assert.equal(link('releases/1/a.js', './current/a.js'), 'current/a.js')
  assert.equal(link('releases/1/a.js', dir.file('current/a.js')), 'current/a.js')
  assert.equal(link('releases/1/a.js', './current/a'), 'current')
  assert.equal(link('releases/1/a.js', './releases/1/a.js'), undefined)
  assert.equal(link('releases/1/a.js', './releases/1/a'), undefined)
})

test('where what was not found may come to stand', (t) => {
  const dir = tempDir(t, { 'package.json': '', 'src/deep/app.js': '', 'src/node_modules/x/y.js': '' })
  const places = (specifier: string, error: object = {}) =>
    placesOfMissing(requestIn(dir, 'src/deep/app.js', specifier, false), error)
      .filter((path) => path.startsWith(dir.path))
      .map((path) => path.slice(dir.path.length + 1))
  assert.deepEqual(places('./x.js'), ['src/deep/x.js'])
  assert.deepEqual(places('pkg/part'), ['src/node_modules/pkg', 'node_modules/pkg'])
  assert.deepEqual(places('@scope/pkg/part'), ['src/node_modules/@scope/pkg', 'node_modules/@scope/pkg'])
  const target = dir.file('dist/x.js')
  const code = 'ERR_MODULE_NOT_FOUND'
  assert.deepEqual(places('#x', { code, message: `Cannot find module '${target}' imported from /a.js` }), [
    'dist/x.js',
  ])
  assert.deepEqual(places('#x', { code, url: pathToFileURL(target).href }), ['dist/x.js'])
  assert.deepEqual(places('pkg', { code: 'MODULE_NOT_FOUND', message: "Cannot find module 'pkg'" }).length, 2)
  assert.deepEqual(places('node:fs/x'), [])
  assert.deepEqual(places('https://x/y.js'), [])
  assert.equal(packageOf(dir.file('src/deep')), dir.file('package.json'))
})

const APP = `
const { PARENT } = require('exit75')
if (PARENT) import('./kit.mjs').then(({ launch }) => launch())
else {
  const found = [require('./lib'), require('#word'), require('linked'), require('./current/release')]
  try { found.push(require('optional')) } catch { found.push('none') }
  import('./kit.mjs').then(({ run }) => run(require('./version.js').version + ' ' + found.join(' ')))
}`

test('links, package.json, earlier candidates and missing packages restart the program when they change', async (t) => {
  const description = (imports: string, rest: object = {}) =>
    JSON.stringify({ ...rest, imports: { '#word': `./${imports}.js` } })
  const word = (text: string) => `module.exports = '${text}'`
  const dir = tempDir(t, {
    ...appFiles(),
    'package.json': description('one'),
    'app.js': APP,
    'version.js': `exports.version = 'a'`,
    'lib/index.js': word('directory'),
    'one.js': word('one'),
    'two.js': word('two'),
    'packages/first/index.js': word('first'),
    'packages/second/index.js': word('second'),
    'releases/1/release.js': `module.exports = require('./number')`,
    'releases/1/number.js': word('1'),
    'releases/2/release.js': `module.exports = require('./number')`,
    'releases/2/number.js': word('2'),
  })
  symlinkSync('../packages/first', dir.file('node_modules/linked'))
  symlinkSync('releases/1', dir.file('current'))
  const app = startApp(t, dir)
  await app.says('ready 1 a directory one first 1 none []')
  dir.write('lib.json', '"file"')
  await app.says('ready 2 a file one first 1 none [added lib.json]')
  dir.write('package.json', description('two'))
  await app.says('ready 3 a file two first 1 none [modified package.json]')
  repoint(dir, 'node_modules/linked', '../packages/second')
  await app.says('ready 4 a file two second 1 none [modified linked]')
  repoint(dir, 'current', 'releases/2')
  await app.says('ready 5 a file two second 2 none [modified current]')
  dir.write('node_modules/optional/index.js', word('there'))
  await app.says('ready 6 a file two second 2 there [added index.js]')
  // What decides nothing.
  dir.write('package.json', description('two', { version: '2.0.0', scripts: { start: 'x' } }))
  rmSync(dir.file('lib/index.js'))
  dir.write('version.js', `exports.version = 'b'`)
  await app.says('ready 7 b file two second 2 there [modified version.js]')
})

test('another release is run when the link of the entry leads to it, though the entry is the same', async (t) => {
  const entry = "import { text } from './text.mjs'\nconsole.log('runs', text)\nsetInterval(() => {}, 1000)"
  const dir = tempDir(t, {
    'releases/1/app.mjs': entry,
    'releases/1/text.mjs': "export const text = 'one'",
    'releases/2/app.mjs': entry,
    'releases/2/text.mjs': "export const text = 'two'",
  })
  symlinkSync('releases/1', dir.file('current'))
  const run = start(t, ['current/app.mjs'], { cwd: dir.path, flags: ['--import', 'exit75/register'] })
  await run.says('runs one')
  repoint(dir, 'current', 'releases/2')
  await run.says('runs two')
  repoint(dir, 'current', 'releases/1')
  await run.says('runs one')
})

test('a package that no import finds is waited for after the crash, with its build', async (t) => {
  const dir = tempDir(t, {
    ...appFiles({
      'app.js': `import { launchChild, PARENT } from 'exit75'\nif (PARENT) launchChild({ onCrash: 'wait' })\nelse await import('./main.js')`,
    }),
    'main.js': `import { text } from 'pkg'\nconsole.log('it is', text)`,
    'packages/pkg/package.json': '{"type":"module","exports":"./dist/index.js"}',
  })
  const app = startApp(t, dir)
  await app.says('[exit75] the app exited with 1 · waiting for a change')
  symlinkSync('../packages/pkg', dir.file('node_modules/pkg'))
  await app.says('[exit75] the app exited with 1 · waiting for a change')
  dir.write('packages/pkg/dist/index.js', `export const text = 'built'`)
  await app.says('it is built')
})
