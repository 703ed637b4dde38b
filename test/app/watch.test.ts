/** watch(): what the app names itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appFiles, startApp, version, WAYS } from '../helpers/app.ts'
import { type Case, inTurn } from '../helpers/in-turn.ts'
import type { Run } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { watching } from '../helpers/watching.ts'

for (const { by, options } of WAYS) {
  test(`${by}: a file, one that is not there yet, and a directory`, async (t) => {
    const dir = tempDir(t, { 'template.html': 'one', 'data/deep/er/old.txt': 'one' })
    const named = ['template.html', 'later/on/.env', 'data', 'empty.flag'].map(dir.file)
    const { changes, next } = watching(t, named, options)
    const told: string[] = []
    const after = async (act: () => void, what: string) => {
      act()
      await next(what)
      told.push(what)
    }
    await after(() => dir.write('template.html', 'two'), 'modified template.html')
    dir.write('later/on/other.txt', 'not watched')
    await after(() => dir.write('later/on/.env', 'A=1'), 'added .env')
    await after(() => dir.replace('later/on/.env', 'A=2'), 'modified .env')
    await after(() => dir.write('data/deep/er/old.txt', 'two'), 'modified old.txt')
    await after(() => dir.write('data/new.txt', 'one'), 'added new.txt')
    await after(() => dir.write('data/new/directory/below/newer.txt', 'one'), 'added newer.txt')
    await after(() => dir.write('data/new/directory/below/newer.txt', 'two'), 'modified newer.txt')
    await after(() => dir.remove('data/new/directory'), 'deleted newer.txt')
    await after(() => dir.write('empty.flag', ''), 'added empty.flag')
    await after(() => dir.remove('empty.flag'), 'deleted empty.flag')
    assert.deepEqual(changes, told)
  })
}

test('what is to be ignored never counts, also below what an app names', async (t) => {
  const dir = tempDir(t, {
    'app.js': `
      import { PARENT, watch } from 'exit75'
      import { launch, run } from './kit.mjs'
      if (PARENT) launch()
      else { watch('views'); await run('x') }`,
    'kit.mjs': appFiles()['kit.mjs'] as string,
    'views/tmp/a.txt': '1',
    'views/b.txt': '1',
  })
  const app = startApp(t, dir, { options: { ignore: ['views/tmp/', '*.log'] } })
  await app.says('ready 1 x []')
  dir.write('views/tmp/a.txt', '2')
  dir.write('views/tmp/new/c.txt', '1')
  dir.write('views/new.log', '1')
  dir.write('views/b.txt', '2')
  await app.says('ready 2 x [modified b.txt]')
})

/** Each case is a generation of one program: what it runs, and what is done to it until it restarts. */
test('what an app names with watch()', async (t) => {
  const files = Object.fromEntries(
    GENERATIONS.map(([, code], at) => [`generation${at + 1}.js`, `${BEFORE}${code}\n`]),
  )
  const dir = tempDir(t, appFiles({ ...files, ...FILES, 'app.js': APP }))
  // Long enough for an edit that has not settled to be one.
  const app = startApp(t, dir, { options: { settle: 100 }, env: { EXIT75_STANDBY: '0' } })
  await inTurn(
    t,
    GENERATIONS.map(([name, , act], at): Case => [name, () => act(app, dir, at + 1)]),
  )
  // The last one has restarted, too.
  await app.says(`ready ${GENERATIONS.length + 1} last [modified version.js]`)
})

const APP = `
import { generation, PARENT } from 'exit75'
import { launch } from './kit.mjs'
if (PARENT) launch()
else await import('./generation' + generation + '.js').catch(async () => {
  const { run } = await import('./kit.mjs')
  await run((await import('./version.js')).version)
})
`

const BEFORE = `
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { generation, shouldRestart, watch } from 'exit75'
import { run } from './kit.mjs'
import { version } from './version.js'
`

const FILES = {
  'template.html': 'one',
  'one.txt': 'one',
  'other/two.txt': 'one',
  'other/three.txt': 'one',
  'late.js': version('x'),
  '.gitignore': '',
}

type Generation = readonly [
  name: string,
  code: string,
  act: (app: Run, dir: TempDir, generation: number) => Promise<unknown>,
]

const NAMING = `
const undo = watch('template.html', 'later/on/.env', 'data')
watch('empty.flag')
process.chdir('/')
await run(version, () => generation > 100 && undo())`

const UNDOING = `
const undo = watch('one.txt', 'other', 'version.js')
watch('other/two.txt')
undo()
undo()
await sleep(20)
await run(version)`

const NAMED_AND_LOADED = `
watch('.')
const late = await import('./late.js')
await run(version + late.version)`

const ABOVE_LATER = `
console.log('loaded', generation, version)
while (!existsSync('go' + generation)) await sleep(5)
watch('.')
await run(version)`

/** Causes that are of the generation before. */
const GENERATIONS: readonly Generation[] = [
  [
    'a file',
    NAMING,
    async (app, dir) => {
      await app.says('ready 1 a []')
      dir.write('template.html', 'two')
    },
  ],
  [
    'one that is not there yet, and nothing else of its directory',
    NAMING,
    async (app, dir) => {
      await app.says('ready 2 a [modified template.html]')
      dir.write('later/on/other.txt', 'not watched')
      dir.write('later/on/.env', 'A=1')
    },
  ],
  [
    'a directory, with directories that come later',
    NAMING,
    async (app, dir) => {
      await app.says('ready 3 a [added .env]')
      dir.write('data/new/directory/below/new.txt', 'one')
    },
  ],
  [
    'a directory, with what is deleted in it',
    NAMING,
    async (app, dir) => {
      await app.says('ready 4 a [added new.txt]')
      dir.remove('data/new')
    },
  ],
  [
    'undone: what was named counts no more, what was loaded does',
    UNDOING,
    async (app, dir) => {
      await app.says('ready 5 a [deleted new.txt]')
      dir.write('one.txt', 'two')
      dir.write('other/three.txt', 'two')
      dir.write('other/new.txt', 'two')
      dir.write('version.js', version('b'))
    },
  ],
  [
    'undone: what others named counts',
    UNDOING,
    async (app, dir) => {
      await app.says('ready 6 b [modified version.js]')
      dir.write('other/two.txt', 'two')
    },
  ],
  [
    'what was loaded, then named, is treated as loaded',
    NAMED_AND_LOADED,
    async (app, dir) => {
      await app.says('ready 7 bx [modified two.txt]')
      dir.write('version.js', 'export const version =')
      await app.says('[exit75] version.js:1 does not parse')
      dir.write('version.js', version('c'))
    },
  ],
  [
    'what was named, then loaded, is treated as loaded',
    NAMED_AND_LOADED,
    async (app, dir) => {
      await app.says('ready 8 cx [modified version.js]')
      dir.write('late.js', 'export const version =')
      await app.says('[exit75] late.js:1 does not parse')
      dir.write('late.js', version('y'))
    },
  ],
  [
    'a file that changes before the thread hears of it',
    `watch('data', 'template.html')
     writeFileSync('template.html', 'three')
     await run(version)`,
    (app) => app.says('ready 9 c [modified late.js]'),
  ],
  [
    'a file in a directory that does',
    `watch('other')
     writeFileSync('other/two.txt', 'three')
     await run(version)`,
    (app) => app.says('ready 10 c [modified template.html]'),
  ],
  [
    'a file that is created there',
    `watch('other')
     writeFileSync('other/newer.txt', 'one')
     await run(version)`,
    (app) => app.says('ready 11 c [modified two.txt]'),
  ],
  [
    "a change in what was watched for a moment is nobody's",
    `const undo = watch('other')
     writeFileSync('other/two.txt', 'four')
     writeFileSync('other/newest.txt', 'one')
     undo()
     await run(version)`,
    async (app, dir) => {
      await app.says('ready 12 c [added newer.txt]')
      dir.write('version.js', version('d'))
    },
  ],
  [
    'what was loaded keeps its state when a directory above it is named later',
    ABOVE_LATER,
    async (app, dir) => {
      await app.says('loaded 13 d')
      dir.write('version.js', 'export const version =')
      await app.says('[exit75] version.js:1 does not parse')
      dir.write('go13', '')
      await app.says('ready 13 d [modified version.js]')
      dir.write('version.js', version('d'))
      await app.says('[exit75] version.js is back to the loaded version')
      dir.write('version.js', version('e'))
    },
  ],
  [
    'an edit that has not settled is not forgotten when a directory above it is named',
    ABOVE_LATER,
    async (app, dir) => {
      await app.says('loaded 14 e')
      dir.write('version.js', version('last'))
      dir.write('go14', '')
    },
  ],
]
