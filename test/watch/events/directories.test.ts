/** Wherever a file lies, whatever its path is called, and whatever happens to the directories above it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { appFiles, onlyTheNextEditCounts, startApp, untilWatched, version, WAYS } from '../../helpers/app.ts'
import { atOnce } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'

/** The program of the other tests, with `word` from somewhere else after the version. */
const entry = (word: string) => `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
${word}
if (PARENT) launch()
else await run(version + ' ' + word)
`
const word = (text: string) => `export const word = '${text}'\n`

for (const { by, options } of WAYS) {
  test(`${by}: a workspace package, reached through a link`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': entry(`import { word } from 'pkg'`),
        'packages/pkg/package.json': '{"name":"pkg","type":"module","exports":"./src/index.js"}',
        'packages/pkg/src/index.js': word('one'),
      }),
    )
    symlinkSync('../packages/pkg', dir.file('node_modules/pkg'), 'dir')
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a one []')
    dir.write('packages/pkg/src/index.js', word('two'))
    await app.says('ready 2 a two [modified index.js]')
    dir.replace('node_modules/pkg/src/index.js', word('three'))
    await app.says('ready 3 a three [modified index.js]')
  })

  test(`${by}: a file outside the working directory, and one above it`, async (t) => {
    const dir = tempDir(
      t,
      Object.fromEntries(
        Object.entries(appFiles({ 'app.js': entry(`import { word } from '../../lib/word.js'`) })).map(
          ([name, content]) => [`apps/one/${name}`, content],
        ),
      ),
    )
    dir.write('lib/word.js', word('one'))
    dir.write('lib/package.json', '{"type":"module"}')
    const app = startApp(t, dir, { options, cwd: dir.file('apps/one') })
    const isWatched = () => untilWatched(app, dir.file('lib'), by)
    await app.says('ready 1 a one []')
    await isWatched()
    dir.write('lib/word.js', word('two'))
    await app.says('ready 2 a two [modified word.js]')
    dir.replace('lib/word.js', word('three'))
    await app.says('ready 3 a three [modified word.js]')
    await isWatched()
    // Moved away and back, together with the directory above it.
    renameSync(dir.file('lib'), dir.file('lib.old'))
    await sleep(100)
    renameSync(dir.file('lib.old'), dir.file('lib'))
    await sleep(100)
    dir.write('lib/word.js', word('four'))
    await app.says('ready 4 a four [modified word.js]')
    await isWatched()
    // Replaced by another.
    renameSync(dir.file('lib'), dir.file('lib.old'))
    cpSync(dir.file('lib.old'), dir.file('lib'), { recursive: true })
    await sleep(100)
    dir.write('lib/word.js', word('five'))
    await app.says('ready 5 a five [modified word.js]')
  })

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
  test(`${by}: paths with letters that mean something elsewhere`, async (t) => {
    const imports = ODD.map(
      (name, at) =>
        `import { word as w${at} } from ${JSON.stringify(`./${encodeURI(name).replaceAll('#', '%23').replaceAll('?', '%3F')}/w.js`)}`,
    )
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `${imports.join('\n')}
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else await run([${ODD.map((_, at) => `w${at}`)}].join(''))
`,
        ...Object.fromEntries(ODD.map((name) => [`${name}/w.js`, word('a')])),
      }),
      'äö %20 # test',
    )
    const app = startApp(t, dir, { options })
    await app.says(`ready 1 ${'a'.repeat(ODD.length)} []`)
    for (const [at, name] of ODD.entries()) {
      dir.write(`${name}/w.js`, word('b'))
      await app.says(
        `ready ${at + 2} ${'b'.repeat(at + 1)}${'a'.repeat(ODD.length - at - 1)} [modified w.js]`,
      )
    }
  })

  test(`${by}: directories and files whose names begin alike`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `
import { PARENT, watch } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
import './src/index.js'
watch('data')()
watch('dat')
if (PARENT) launch()
else await run(version)
`,
        'src/index.js': '',
        'dat/x.txt': '',
        'data/x.txt': '',
        'src-other/index.js': '',
        'sr/index.js': '',
      }),
    )
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    await untilWatched(app, dir.file('dat'), by)
    for (const name of [
      'src-other/index.js',
      'sr/index.js',
      'version.js.map',
      'version.jsx',
      'data/x.txt',
      'data/y.txt',
      'datum',
    ])
      dir.write(name, '1')
    await sleep(150)
    await onlyTheNextEditCounts(app, dir)
    dir.write('dat/y.txt', '1')
    await app.says('ready 3 last2 [added y.txt]')
  })

  test(`${by}: below node_modules only what was asked for`, async (t) => {
    const files = appFiles({
      'app.js': entry(`import { word } from 'pkg'`),
      'node_modules/pkg/package.json': '{"name":"pkg","type":"module","exports":"./index.js"}',
      'node_modules/pkg/index.js': word('one'),
    })
    const dir = tempDir(t, files)
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a one []')
    dir.write('node_modules/pkg/index.js', word('two'))
    await sleep(150)
    await onlyTheNextEditCounts(
      { ...app, says: (what) => app.says(String(what).replace('last2', 'last2 two')) },
      dir,
    )
    dir.write('node_modules/pkg/index.js', word('three'))
    await sleep(150)
    dir.write('version.js', version('c'))
    await app.says('ready 3 c three [modified version.js]')

    const asked = tempDir(t, files)
    const other = startApp(t, asked, { options: { ...options, nodeModules: true } })
    await other.says('ready 1 a one []')
    asked.write('node_modules/pkg/index.js', word('two'))
    await other.says('ready 2 a two [modified index.js]')
    asked.replace('node_modules/pkg/index.js', word('three'))
    await other.says('ready 3 a three [modified index.js]')
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
  test(`${by}: what is moved or written again does not restart, and edits are seen as before`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({ 'app.js': entry(`import { word } from './${DEEP}'`), [DEEP]: word('1') }),
    )
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a 1 []')
    for (const [what, move] of Object.entries(MOVES)) {
      for (const name of ['src', 'src/deep', 'src/deep/er']) {
        await t.test(`${name} was ${what}`, async () => {
          const next = app.count('ready') + 1
          await untilWatched(app, dir.file(dirname(DEEP)), by)
          await move(dir, name)
          await sleep(100)
          dir.write(DEEP, word(String(next)))
          await app.says(`ready ${next} a ${next} [modified word.js]`)
          assert.equal(app.count('ready'), next)
          for (const left of ['copy', `${name}.old`]) rmSync(dir.file(left), { recursive: true, force: true })
        })
      }
    }
  })

  test(`${by}: another tree in the place of the loaded one is a change`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': entry(`import { word } from './${DEEP}'`),
        [DEEP]: word('one'),
        [`new-${DEEP}`]: word('two'),
      }),
    )
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a one []')
    await untilWatched(app, dir.file(dirname(DEEP)), by)
    execFileSync('sh', ['-c', 'mv src src.old && cp -r new-src src'], { cwd: dir.path })
    await app.says('ready 2 a two [modified word.js]')
    rmSync(dir.file('src'), { recursive: true })
    dir.write(DEEP, word('three'))
    await app.says('ready 3 a three [modified word.js]')
    dir.write(DEEP, word('four'))
    await app.says('ready 4 a four [modified word.js]')
  })

  test(`${by}: an entry that is run by a link to it, and through a linked directory`, async (t) => {
    const dir = tempDir(t, appFiles({ 'real/place.txt': '' }))
    symlinkSync('app.js', dir.file('run'))
    symlinkSync(dir.path, dir.file('real/link'), 'dir')
    for (const path of ['run', 'real/link/app.js']) {
      const app = startApp(t, dir, { options, entry: path })
      dir.write('version.js', version('a'))
      await app.says(/^ready \d+ a \[/)
      dir.write('version.js', version('b'))
      await app.says(/^ready \d+ b \[modified version.js\]/)
      dir.write('app.js', `${appFiles()['app.js']}// ${path}\n`)
      await app.says(/^ready \d+ b \[modified app.js\]/)
      app.signal('SIGTERM')
      await app.ended
    }
  })

  test(`${by}: watch(): a pipe, a link in a circle, and a directory by a link do no harm`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `
import { PARENT, watch } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
watch('data', 'linked')
if (PARENT) launch()
else await run(version)
`,
        'data/x.txt': 'one',
        'other/y.txt': 'one',
      }),
    )
    execFileSync('mkfifo', [dir.file('data/pipe')])
    symlinkSync('..', dir.file('data/circle'), 'dir')
    symlinkSync('other', dir.file('linked'), 'dir')
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    execFileSync('mkfifo', [dir.file('data/pipe2')])
    symlinkSync('..', dir.file('data/circle2'), 'dir')
    await sleep(150)
    await onlyTheNextEditCounts(app, dir)
    dir.write('other/y.txt', 'two')
    await app.says('ready 3 last2 [modified y.txt]')
    dir.write('data/x.txt', 'two')
    await app.says('ready 4 last2 [modified x.txt]')
  })
}

test('a directory that comes back at once under the same inode is watched again', async (t) => {
  const dir = tempDir(
    t,
    appFiles({ 'app.js': entry(`import { word } from './src/word.js'`), 'src/word.js': word('one') }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a one []')
  await untilWatched(app, dir.file('src'))
  const before = statSync(dir.file('src')).ino
  atOnce(app, () => {
    rmSync(dir.file('src'), { recursive: true })
    dir.write('src/word.js', word('one'))
  })
  t.diagnostic(`the same inode: ${statSync(dir.file('src')).ino === before}`)
  await untilWatched(app, dir.file('src'))
  dir.write('src/word.js', word('two'))
  await app.says('ready 2 a two [modified word.js]')
})

test('the app may change its directory, and remove the one it was started in', async (t) => {
  const dir = tempDir(t, {})
  const files = appFiles({
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
  const { late } = await import('./late/late.js')
  process.chdir('/')
  await run(version + late)
}
`,
    'late/late.js': `export const late = 'x'`,
    'cwd/keep.txt': '',
  })
  for (const [name, content] of Object.entries(files)) dir.write(name, content)
  const app = startApp(t, dir)
  await app.says('ready 1 ax []')
  mkdirSync(dir.file('cwd'))
  dir.write('late/late.js', `export const late = 'y'`)
  await app.says('ready 2 ay [modified late.js]')
})
