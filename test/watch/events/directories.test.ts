/** Wherever a file lies, whatever its path is called, and whatever happens to the directories above it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { appFiles, onlyTheNextEditCounts, startApp, untilWatched, version } from '../../helpers/app.ts'
import { startCli } from '../../helpers/cli.ts'
import { generations, IN_MEMORY } from '../../helpers/generations.ts'
import { atOnce } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'
import { watching } from '../../helpers/watching.ts'

const word = (text: string) => `export const word = '${text}'\n`

/** Names with letters that mean something elsewhere. */
const ODD = [
  'two words',
  'älter/日本語',
  '100%',
  '%41b',
  '#1',
  'what?',
  'a&b=c',
  "it's",
  '[x]{y}(z)*',
  ' x ',
  'a\tb',
  '~home',
  '.hidden',
]
const asUrl = (path: string) => encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F')

for (const nodeModules of [false, true]) {
  const asked = nodeModules
    ? 'and what was asked for below node_modules'
    : 'but not what is below node_modules'
  test(`an edit counts wherever the file lies, and whatever its path is called, ${asked}`, async (t) => {
    const loaded = [
      ...ODD.map((name) => `apps/one/${name}/w.js`),
      'apps/one/app.js', // which is run by a link to it in a linked directory
      'lib/above.js',
      'packages/pkg/src/index.js', // which is found by a link
      'apps/one/node_modules/dependency/index.js',
    ]
    const imports = [
      ...ODD.map((name) => `./${asUrl(name)}/w.js`),
      '../../lib/above.js',
      'pkg',
      'dependency',
    ].map((specifier) => `import ${JSON.stringify(specifier)}`)
    const app = `${imports.join('\n')}
import { relative } from 'node:path'
import { changes, PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else {
  console.log('causes', JSON.stringify(changes().map(({ path }) => relative('../..', path)).sort()))
  await run('a')
}
`
    const dir = tempDir(
      t,
      {
        ...Object.fromEntries(loaded.map((name) => [name, ''])),
        ...Object.fromEntries(
          Object.entries(appFiles({ 'app.js': app })).map(([name, text]) => [`apps/one/${name}`, text]),
        ),
        'packages/pkg/package.json': '{"name":"pkg","type":"module","exports":"./src/index.js"}',
        'apps/one/node_modules/dependency/package.json': '{"type":"module","exports":"./index.js"}',
      },
      'äö %20 # test',
    )
    symlinkSync('../../../packages/pkg', dir.file('apps/one/node_modules/pkg'), 'dir')
    symlinkSync('app.js', dir.file('apps/one/run'))
    symlinkSync('one', dir.file('apps/linked'), 'dir')
    const run = startApp(t, dir, {
      ...{ cwd: dir.file('apps/one'), entry: '../linked/run' },
      ...(nodeModules && { options: { nodeModules } }),
    })
    await run.says('causes []')
    await run.says('ready 1 a []')
    atOnce(run, () => {
      for (const name of loaded) dir.write(name, name.endsWith('app.js') ? `${app}\n` : '// edited')
    })
    const wanted = loaded.filter((name) => nodeModules || !name.includes('node_modules')).sort()
    const [, causes] = await run.says(/^causes (.*)/)
    assert.deepEqual(JSON.parse(causes as string), wanted)
  })
}

test('what is moved away and back, in the working directory and outside of it, is watched as before', async (t) => {
  const files = appFiles({
    'app.js': `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { word as inside } from './src/deep/word.js'
import { word as outside } from '../../lib/deep/word.js'
if (PARENT) launch()
else await run(inside + outside)
`,
    'src/deep/word.js': word('1'),
  })
  const dir = tempDir(t, {
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`apps/one/${name}`, text])),
    'lib/deep/word.js': word('1'),
    'lib/package.json': '{"type":"module"}',
  })
  const app = startApp(t, dir, { cwd: dir.file('apps/one') })
  await app.says('ready 1 11 []')
  const places = ['apps/one/src', 'lib']
  for (const name of places) await untilWatched(app, dir.file(`${name}/deep`))
  for (const name of places) renameSync(dir.file(name), dir.file(`${name}.old`))
  await sleep(100)
  for (const name of places) cpSync(dir.file(`${name}.old`), dir.file(name), { recursive: true })
  for (const name of places) await untilWatched(app, dir.file(`${name}/deep`))
  dir.write('lib/deep/word.js', word('2'))
  await app.says('ready 2 12 [modified word.js]')
  dir.write('apps/one/src/deep/word.js', word('2'))
  await app.says('ready 3 22 [modified word.js]')
})

test('watch() counts a directory with everything below it, and nothing whose name begins alike', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { PARENT, watch } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
import './src/index.js'
watch('data')()
watch('dat', 'linked')
if (PARENT) launch()
else await run(version)
`,
      ...Object.fromEntries(
        ['src', 'src-other', 'sr', 'dat', 'data', 'other'].map((name) => [`${name}/index.js`, '']),
      ),
    }),
  )
  symlinkSync('other', dir.file('linked'), 'dir')
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  await untilWatched(app, dir.file('dat'))
  const alike = ['src-other/index.js', 'sr/index.js', 'version.js.map', 'version.jsx']
  for (const name of [...alike, 'data/index.js', 'data/new.txt', 'datum']) dir.write(name, '1')
  await sleep(150)
  await onlyTheNextEditCounts(app, dir)
  dir.write('dat/new.txt', '1')
  await app.says('ready 3 last2 [added new.txt]')
  dir.write('other/index.js', '1')
  await app.says('ready 4 last2 [modified index.js]')
})

for (const [how, busyFor] of [
  ['', 0],
  [' while the watcher thread starts, which Node does not do there', 100],
] as const)
  test(`the app may change its directory, and remove the one it is in${how}`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `
import { rmSync } from 'node:fs'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
if (PARENT) { launch() }
else {
  process.chdir('/')
  const here = import.meta.dirname + '/cwd'
  process.chdir(here)
  rmSync(here, { recursive: true })
  for (const begun = Date.now(); Date.now() < begun + ${busyFor}; );
  const { late } = await import('./late/late.js')
  process.chdir('/')
  await run(version + late)
}
`,
        'late/late.js': `export const late = 'x'`,
        'cwd/keep.txt': '',
      }),
    )
    const app = startApp(t, dir)
    await app.says('ready 1 ax []')
    mkdirSync(dir.file('cwd'))
    dir.write('late/late.js', `export const late = 'y'`)
    await app.says('ready 2 ay [modified late.js]')
  })

test('patterns of ignore are those of the directory in which the program was started', async (t) => {
  const dir = tempDir(t, {
    'package.json': '{}',
    'app.cjs': `
      process.chdir('/')
      for (const begun = Date.now(); Date.now() < begun + 100; );
      console.log('runs', require('./ignored.cjs'), require('./version.cjs'))
      setInterval(() => {}, 1000)`,
    'ignored.cjs': "module.exports = 'x'",
    'version.cjs': "module.exports = 'a'",
  })
  const run = startCli(t, ['--ignore', '/ignored.cjs', 'app.cjs'], { cwd: dir.path })
  await run.says('runs x a')
  dir.write('ignored.cjs', "module.exports = 'y'")
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says(/version\.cjs changed/)
  assert.equal(run.count(/ignored\.cjs/), 0)
})

const DEEP = 'src/deep/er/word.js'
/** What can happen to `src`, with the text in it unchanged. */
const MOVES: Record<string, (dir: TempDir, name: string) => Promise<void> | void> = {
  'moved away and back': (dir, name) => {
    renameSync(dir.file(name), dir.file(`${name}.old`))
    renameSync(dir.file(`${name}.old`), dir.file(name))
  },
  'moved away, and back a little later': async (dir, name) => {
    renameSync(dir.file(name), dir.file(`${name}.old`))
    await sleep(200)
    renameSync(dir.file(`${name}.old`), dir.file(name))
  },
  'replaced by a copy': (dir, name) => {
    renameSync(dir.file(name), dir.file(`${name}.old`))
    cpSync(dir.file(`${name}.old`), dir.file(name), { recursive: true })
  },
  'removed and written again': (dir, name) => {
    cpSync(dir.file(name), dir.file('copy'), { recursive: true })
    rmSync(dir.file(name), { recursive: true })
    cpSync(dir.file('copy'), dir.file(name), { recursive: true })
  },
  'removed, and written again a little later': async (dir, name) => {
    cpSync(dir.file(name), dir.file('copy'), { recursive: true })
    rmSync(dir.file(name), { recursive: true })
    await sleep(200)
    cpSync(dir.file('copy'), dir.file(name), { recursive: true })
  },
  'removed and written again many times': (dir, name) => {
    cpSync(dir.file(name), dir.file('copy'), { recursive: true })
    for (let round = 0; round < 20; round += 1) {
      rmSync(dir.file(name), { recursive: true })
      cpSync(dir.file('copy'), dir.file(name), { recursive: true })
    }
  },
}

for (const { by, ...options } of IN_MEMORY) {
  test(`${by}: what is moved or written again does not restart, and edits are seen as before`, async (t) => {
    const dir = tempDir(t, { 'version.js': version('a'), [DEEP]: word('1') })
    const app = generations(t, dir, { loaded: ['version.js', DEEP], ...options })
    await app.says('ready 1 a 1 []')
    for (const [what, move] of Object.entries(MOVES)) {
      for (const name of ['src', 'src/deep', 'src/deep/er']) {
        await t.test(`${name} was ${what}`, async () => {
          const next = app.count('ready') + 1
          await app.atRest()
          await move(dir, name)
          await app.atRest()
          dir.write(DEEP, word(String(next)))
          await app.says(`ready ${next} a ${next} [modified word.js]`)
          assert.equal(app.count('ready'), next)
          for (const left of ['copy', `${name}.old`]) rmSync(dir.file(left), { recursive: true, force: true })
        })
      }
    }
  })

  test(`${by}: another tree in the place of the loaded one is a change`, async (t) => {
    const dir = tempDir(t, { [DEEP]: word('one'), [`new-${DEEP}`]: word('two') })
    const app = generations(t, dir, { loaded: [DEEP], ...options })
    await app.says('ready 1 one []')
    await app.atRest()
    renameSync(dir.file('src'), dir.file('src.old'))
    await sleep(5)
    cpSync(dir.file('new-src'), dir.file('src'), { recursive: true })
    await app.says('ready 2 two [modified word.js]')
    rmSync(dir.file('src'), { recursive: true })
    dir.write(DEEP, word('three'))
    await app.says('ready 3 three [modified word.js]')
    dir.write(DEEP, word('four'))
    await app.says('ready 4 four [modified word.js]')
  })
}

test('watch(): a pipe, a link in a circle, and a directory by a link do no harm', async (t) => {
  const dir = tempDir(t, { 'version.js': version('a'), 'data/x.txt': 'one', 'other/y.txt': 'one' })
  execFileSync('mkfifo', [dir.file('data/pipe')])
  symlinkSync('..', dir.file('data/circle'), 'dir')
  symlinkSync('other', dir.file('linked'), 'dir')
  const all = ([false, 20] as const).map((poll) =>
    watching(t, ['version.js', 'data', 'linked'].map(dir.file), { poll }),
  )
  await sleep(100)
  execFileSync('mkfifo', [dir.file('data/pipe2')])
  symlinkSync('..', dir.file('data/circle2'), 'dir')
  for (const { next } of all) await next('added circle2')
  dir.write('version.js', version('b'))
  for (const { next } of all) await next('modified version.js')
  dir.write('other/y.txt', 'two')
  for (const { next } of all) await next('modified y.txt')
  dir.write('data/x.txt', 'two')
  for (const { next } of all) await next('modified x.txt')
  for (const { changes } of all)
    assert.deepEqual(changes, ['added circle2', 'modified version.js', 'modified y.txt', 'modified x.txt'])
})

test('a directory that comes back at once under the same inode is watched again', async (t) => {
  const dir = tempDir(t, { 'src/word.js': word('one') })
  const app = generations(t, dir, { loaded: ['src/word.js'] })
  await app.says('ready 1 one []')
  await app.atRest()
  const before = statSync(dir.file('src')).ino
  rmSync(dir.file('src'), { recursive: true })
  dir.write('src/word.js', word('one'))
  t.diagnostic(`the same inode: ${statSync(dir.file('src')).ino === before}`)
  await app.atRest()
  dir.write('src/word.js', word('two'))
  await app.says('ready 2 two [modified word.js]')
})
