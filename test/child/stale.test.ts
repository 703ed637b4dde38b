/** A restart sees package.json, settings of loaders and links as they are now, not as they were when a standby booted. */
import assert from 'node:assert/strict'
import { renameSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { CLI } from '../helpers/cli.ts'
import { start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

function startWatched(t: Test, dir: TempDir, entry: string, flags: readonly string[] = []) {
  return start(t, [entry], {
    cwd: dir.path,
    flags: ['--import', 'exit75/register', ...flags],
    env: { EXIT75_LOG: 'debug' },
  })
}
const STAY = 'setInterval(() => {}, 1000)'
const TSX = ['--import', import.meta.resolve('tsx')]

for (const flags of [[], ['--import', './other.mjs'], TSX]) {
  const how = flags.length === 0 ? 'by -r' : `beside ${flags[1]?.split('/').at(-1)}`
  test(`a new name in package.json's imports is there for the code that needs it, ${how}`, async (t) => {
    const dir = tempDir(t, {
      'package.json': '{"type":"module"}',
      'app.js': `console.log('ready a')\n${STAY}`,
      'part.js': "export const part = 'found'",
      'other.mjs': 'export {}',
    })
    const app = startWatched(t, dir, 'app.js', flags)
    await app.says('ready a')
    await app.says(/standby \d+ is ready/)
    dir.write('package.json', '{"type":"module","imports":{"#part":"./part.js"}}')
    dir.write('app.js', `import { part } from '#part'\nconsole.log('ready', part)\n${STAY}`)
    await app.says('ready found')
  })
}

test('an edit of the entry is run by the standby that a loader has made ready', async (t) => {
  const dir = tempDir(t, { 'package.json': '{"type":"module"}', 'app.ts': `console.log('ready a')\n${STAY}` })
  const app = startWatched(t, dir, 'app.ts', TSX)
  await app.says('ready a')
  const [, standby] = await app.says(/standby (\d+) is ready/)
  dir.write('app.ts', `console.log('ready b', process.pid)\n${STAY}`)
  const [, pid] = await app.says(/ready b (\d+)/)
  assert.equal(pid, standby)
})

test('a package.json that comes to be decides what the next generation is', async (t) => {
  const dir = tempDir(t, { 'app.js': `console.log('ready', typeof require)\n${STAY}` })
  const app = startWatched(t, dir, 'app.js')
  await app.says('ready function')
  await app.says(/standby \d+ is ready/)
  dir.write('package.json', '{"type":"module"}')
  dir.write('app.js', `console.log('ready', typeof require, 1)\n${STAY}`)
  await app.says('ready undefined 1')
})

for (const [how, words] of [
  ['by the command', [CLI, '.']],
  ['by the command without words', [CLI]],
  ['by the command beside --import', [CLI, '--import', './other.mjs', '.']],
  ['beside --import', ['--import', 'exit75/register', '--import', './other.mjs', '.']],
] as const)
  test(`main in package.json alone: the next generation is what it names, and sees itself as under node, ${how}`, async (t) => {
    const says = (what: string) => `console.log('ready', '${what}', process.argv[1])\n${STAY}`
    const dir = tempDir(t, {
      'package.json': '{"main":"one"}',
      'one.js': says('one'),
      'two.js': says('two'),
      'other.mjs': '',
    })
    const app = start(t, words, { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
    await app.says(`ready one ${dir.path}`)
    await app.says(/standby \d+ is ready/)
    dir.write('package.json', '{"main":"./two.js"}')
    await app.says(`ready two ${dir.path}`)
  })

test('paths of a tsconfig.json that another one extends are those of now', async (t) => {
  const paths = (where: string) =>
    JSON.stringify({ compilerOptions: { paths: { '#lib': [`./${where}.ts`] } } })
  const dir = tempDir(t, {
    'package.json': '{"type":"module"}',
    'tsconfig.json': '{"extends":"./settings/base.json"}',
    'settings/base.json': paths('../one'),
    'one.ts': "export const lib = 'one'",
    'two.ts': "export const lib = 'two'",
    'app.ts': `import { lib } from '#lib'\nconsole.log('ready', lib)\n${STAY}`,
  })
  const app = startWatched(t, dir, 'app.ts', TSX)
  await app.says('ready one')
  await app.says(/standby \d+ is ready/)
  dir.write('settings/base.json', paths('../two'))
  dir.write('app.ts', `import { lib } from '#lib'\nconsole.log('ready', lib, 2)\n${STAY}`)
  await app.says('ready two 2')
})

test('a package.json alone that comes to be nearer, and goes, decides what a module is', async (t) => {
  const dir = tempDir(t, {
    'package.json': '{}',
    'src/deep/app.js': `console.log('ready', typeof require)\n${STAY}`,
  })
  const app = startWatched(t, dir, 'src/deep/app.js')
  await app.says('ready function')
  await app.says(/standby \d+ is ready/)
  dir.write('src/package.json', '{"type":"module"}')
  await app.says('ready undefined')
  dir.remove('src/package.json')
  await app.says('ready function')
})

test('settings of a loader alone: what it has read, or did not find, counts in every generation', async (t) => {
  const paths = (where: string) => JSON.stringify({ compilerOptions: { paths: { '#lib': [`${where}.ts`] } } })
  const dir = tempDir(t, {
    'package.json': '{"type":"module"}',
    'settings/package.json': '{"name":"settings"}',
    'settings/tsconfig.json': paths('../one'),
    'one.ts': "export const lib = 'one'",
    'two.ts': "export const lib = 'two'",
    'three.ts': "export const lib = 'three'",
    'app.ts': `import { lib } from '#lib'\nconsole.log('ready', lib)\n${STAY}`,
  })
  symlinkSync(dir.file('settings'), dir.file('node_modules/settings'), 'junction')
  dir.write('tsconfig.json', '{ "extends": "settings/tsconfig.json" } // no JSON')
  const app = startWatched(t, dir, 'app.ts', TSX)
  await app.says('ready one')
  await app.says(/standby \d+ is ready/)
  dir.write('settings/tsconfig.json', paths('../two'))
  await app.says('ready two')
  dir.write('tsconfig.json', paths('./three'))
  await app.says('ready three')
})

for (const how of ['as a flag', 'in NODE_OPTIONS'] as const)
  test(`what a loader given by --loader has read is that of now, ${how}`, async (t) => {
    const dir = tempDir(t, {
      'package.json': '{"type":"module"}',
      'settings.json': '"one"',
      'loader.mjs': `
        import { readFileSync } from 'node:fs'
        const word = readFileSync('settings.json', 'utf8')
        export const load = async (url, context, next) =>
          url.endsWith('/word.js') ? { format: 'module', shortCircuit: true, source: 'export default ' + word } : next(url, context)`,
      'word.js': '',
      'app.js': `import word from './word.js'\nconsole.log('ready', word)\n${STAY}`,
    })
    const loader = ['--no-warnings', '--loader', './loader.mjs']
    const app = start(t, ['app.js'], {
      cwd: dir.path,
      flags: ['--import', 'exit75/register', ...(how === 'as a flag' ? loader : [])],
      env: { EXIT75_LOG: 'debug', ...(how === 'as a flag' ? {} : { NODE_OPTIONS: loader.join(' ') }) },
    })
    await app.says('ready one')
    await app.says(/standby \d+ is ready/)
    dir.write('settings.json', '"two"')
    dir.write('app.js', `import word from './word.js'\nconsole.log('ready', word, 2)\n${STAY}`)
    await app.says(/^ready .*2\n/)
    assert.equal(app.count('ready two 2'), 1, app.output())
  })

for (const flags of [[], ['--import', './other.mjs']]) {
  test(`a link on the entry's path that is set anew is followed, ${flags.length === 0 ? 'by -r' : 'by --import'}`, async (t) => {
    const release = (name: string) => `console.log('ready', '${name}')\n${STAY}`
    const dir = tempDir(t, {
      'releases/1/app.mjs': release('one'),
      'releases/2/app.mjs': release('two'),
      'other.mjs': 'export {}',
    })
    symlinkSync('releases/1', dir.file('current'))
    const app = startWatched(t, dir, 'current/app.mjs', flags)
    await app.says('ready one')
    await app.says(/standby \d+ is ready/)
    symlinkSync('releases/2', dir.file('next'))
    renameSync(dir.file('next'), dir.file('current'))
    app.signal('SIGUSR2')
    await app.says('ready two')
  })
}
