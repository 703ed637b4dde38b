/** What was not there when it was looked for, and comes to be. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../../src/options/options.ts'
import { waitForFix } from '../../src/parent/programs/wait-for-fix.ts'
import { placesFor } from '../../src/watch/files/missing.ts'
import { appFiles, startApp, version } from '../helpers/app.ts'
import { startCli } from '../helpers/cli.ts'
import { generations, IN_MEMORY } from '../helpers/generations.ts'
import { start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

/** What a program can do without, and how it comes to be. */
const OPTIONAL: readonly (readonly [what: string, code: string, name: string, text: string])[] = [
  ['an import', `(await import('./local.mjs')).default`, 'local.mjs', `export default 'here'`],
  ['a require of data', `require('./data.json').is`, 'data.json', `{ "is": "here" }`],
  ['a require without an ending', `require('./deep/named')`, 'deep/named.js', `module.exports = 'here'`],
  ['a directory with an index', `require('./deep/local')`, 'deep/local/index.js', `module.exports = 'here'`],
]

test('an optional import, data, a module without an ending, a directory: each counts when it comes', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { createRequire } from 'node:module'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
const require = createRequire(import.meta.url)
if (PARENT) launch()
else {
  const words = [version]
${OPTIONAL.map(([, code]) => `  try { words.push(${code}) } catch { words.push('none') }\n`).join('')}
  await run(words.join(' '))
}
`,
      'deep/package.json': '{"type":"commonjs"}',
    }),
  )
  const app = startApp(t, dir)
  const words = OPTIONAL.map(() => 'none')
  await app.says(`ready 1 a ${words.join(' ')} []`)
  dir.write('other.mjs', '')
  await sleep(150)
  for (const [at, [what, , name, text]] of OPTIONAL.entries()) {
    await t.test(what, async () => {
      dir.write(name, text)
      words[at] = 'here'
      await app.says(`ready ${at + 2} a ${words.join(' ')} [added ${basename(name)}]`)
    })
  }
  dir.write('version.js', version('b'))
  await app.says(`ready 6 b ${words.join(' ')} [modified version.js]`)
})

/** What is there, but is not what was asked for. */
const REFUSED = {
  'a name that import does not complete': ['./code', { 'code.js': '' }],
  'TypeScript under the name of what it becomes': ['./typed.js', { 'typed.ts': '' }],
  'a directory': ['./dir', { 'dir/index.js': '' }],
  'a part that a package does not export': [
    'pkg/part',
    { 'node_modules/pkg/package.json': '{"exports":{".":"./main.js"}}', 'node_modules/pkg/part.js': '' },
  ],
} as const

test('what is there and was refused is not a change; what the program asked for is one', async (t) => {
  const asked = Object.values(REFUSED).map(([name]) => name)
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
if (PARENT) launch()
else {
  let found = 0
  for (const name of ${JSON.stringify(asked)}) await import(name).then(() => (found += 1), () => {})
  await run(version + found)
}
`,
      ...Object.assign({}, ...Object.values(REFUSED).map(([, files]) => files)),
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a0 []')
  dir.write('version.js', version('b'))
  await app.says('ready 2 b0 [modified version.js]')
  dir.write('typed.js', '')
  await app.says('ready 3 b1 [added typed.js]')
  dir.write('node_modules/pkg/package.json', '{"exports":{"./part":"./part.js"}}')
  await app.says('ready 4 b2 [modified package.json]')
})

test('a pipe in the place of a module: Node waits for who writes to it, and the file that comes instead runs', async (t) => {
  const dir = tempDir(t, {
    'app.cjs':
      "console.log('asks')\nconsole.log('it is', require('./data.cjs'))\nsetInterval(() => {}, 1000)",
  })
  execFileSync('mkfifo', [dir.file('data.cjs')])
  const app = start(t, ['app.cjs'], { cwd: dir.path, flags: ['--import', 'exit75/register'] })
  await app.says('asks')
  await sleep(100)
  dir.replace('data.cjs', "module.exports = 'a file'")
  await app.says('it is a file')
})

for (const { by, ...options } of IN_MEMORY) {
  test(`${by}: what is missing may come with any ending, and as a directory`, async (t) => {
    for (const [missing, name] of [
      ['local.mjs', 'local.mjs'],
      ['data.json', 'data.json'],
      ['deep/named', 'deep/named.js'],
      ['deep/local', 'deep/local/index.js'],
      ['later/local', 'later/local.ts'],
    ] as const) {
      const dir = tempDir(t, { 'version.js': version('a'), 'deep/other.js': '' })
      const app = generations(t, dir, { loaded: ['version.js', missing], word: () => 'a', ...options })
      await app.says('ready 1 a []')
      await app.atRest()
      dir.write('other.mjs', '')
      await app.atRest()
      dir.write(name, '1')
      await app.says(`ready 2 a [added ${basename(name)}]`)
    }
  })
}

const SETTINGS = { settle: null, poll: false } as unknown as Settings

/** How a package comes to be; `pkg` was looked for in two directories. */
const INSTALLS: Record<string, (dir: TempDir) => Promise<void> | void> = {
  'file by file, with its description first': async (dir) => {
    dir.write('node_modules/pkg/package.json', '{"main":"lib/main.js"}')
    await sleep(200)
    dir.write('node_modules/pkg/lib/main.js', '')
  },
  'by a rename of its directory': (dir) => {
    dir.write('node_modules/.pkg-1/package.json', '{}')
    renameSync(dir.file('node_modules/.pkg-1'), dir.file('node_modules/pkg'))
  },
  'by a link': (dir) => {
    dir.write('store/pkg/package.json', '{}')
    symlinkSync('../store/pkg', dir.file('node_modules/pkg'))
  },
  'in the directory above': (dir) => dir.write('../node_modules/pkg/package.json', '{}'),
  'without a description': (dir) => dir.write('node_modules/pkg/index.js', ''),
}

for (const [how, install] of Object.entries(INSTALLS)) {
  test(`after a crash a package is installed: ${how}`, async (t) => {
    const above = tempDir(t, {})
    mkdirSync(above.file('project'))
    const dir: TempDir = {
      ...above,
      file: (name) => above.file(`project/${name}`),
      write: (name, text) => above.write(`project/${name}`, text),
    }
    dir.write('app.js', `import 'pkg'`)
    if (how.startsWith('by')) dir.write('node_modules/other/package.json', '{}')
    const missing = ['node_modules/pkg', '../node_modules/pkg'].map(dir.file).flatMap(placesFor)
    const { changed, stop } = waitForFix(new Map(missing.map((path) => [path, ''])), SETTINGS)
    t.after(stop)
    await sleep(100)
    await install(dir)
    const [change] = await changed
    assert.equal(change?.type, 'added')
    assert.match(change?.path ?? '', /pkg\/(package\.json|index\.js)$/)
  })
}

for (const [what, name, code] of [
  ['a package', 'pkg', { 'node_modules/pkg/package.json': '{}', 'node_modules/pkg/index.js': '' }],
  [
    'what a package needs',
    'needy',
    { 'node_modules/pkg/package.json': '{}', 'node_modules/pkg/index.js': '' },
  ],
  ['a file in a directory that is to come', './later/file.js', { 'later/file.js': '' }],
] as const)
  test(`as soon as the error is told, ${what} comes: it is not too early`, async (t) => {
    const dir = tempDir(t, {
      'app.mjs': `await import('${name}')\nconsole.log('runs')\nsetInterval(() => {}, 1000)`,
      'node_modules/needy/index.js': `require('pkg')`,
    })
    const app = startCli(t, ['app.mjs'], { cwd: dir.path })
    await app.says(/Cannot find (module|package)/)
    for (const [at, text] of Object.entries(code)) dir.write(at, text)
    await app.says('runs')
  })
