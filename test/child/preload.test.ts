/** Every generation starts as the first one did, and sees the flags that the user gave. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { appFiles, onlyTheNextEditCounts, version } from '../helpers/app.ts'
import { startCli } from '../helpers/cli.ts'
import { descendants, start, startCommand } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

/** Tells how it was started, then does what it can to start differently the next time. */
const TELLING = `
const { EXIT75_CHANGES, ...env } = process.env
const { argv, argv0, execArgv, execPath, title } = process
console.log('started as ' + JSON.stringify({ argv, argv0, cwd: process.cwd(), env, execArgv, execPath, title }))
process.chdir('/')
process.env.CHANGED = 'by the app'
process.argv.push('--more')
process.execArgv.push('--no-such-flag')
`

const FILES = appFiles({
  'sub/app.js': `
import { PARENT } from 'exit75'
import { launch, run } from '../kit.mjs'
if (PARENT) { process.chdir('/'); launch() }
else {
  await import('./telling.js')
  await run((await import('../version.js')).version)
}
`,
  'sub/telling.js': TELLING,
})

test('flags, arguments, working directory and environment are the same in every generation', async (t) => {
  const dir = tempDir(t, FILES)
  const flags = ['--no-warnings', '--stack-trace-limit=20', '--conditions', 'own', '--title=mine']
  const args = ['app.js', '--flag', 'two words', '', "quo'te", 'ä*?']
  const options = {
    cwd: dir.file('sub'),
    flags,
    env: { OWN: 'one = two\nthree', NODE_OPTIONS: '--no-deprecation' },
  }

  const bare = start(t, args, { ...options, env: { ...options.env, EXIT75: 'off' } })
  const [, alone = ''] = await bare.says(/^started as (.*)\n/)
  bare.signal('SIGKILL')

  const app = start(t, args, options) // with a standby, which is started otherwise than others
  const [, first = ''] = await app.says(/^started as (.*)\n/)
  await app.says('ready 1 a []')
  await until('the standby is there', app.output, () => descendants(app.pid).length === 2)
  dir.write('version.js', version('b'))
  const [, second = ''] = await app.says(/^started as (.*)\n/)
  await app.says('ready 2 b [modified version.js]')

  const parsed = (json: string) => JSON.parse(json) as { env: NodeJS.ProcessEnv }
  const own = parsed(alone)
  delete own.env.EXIT75 // `off` stays: what the app starts is to be told, too
  assert.deepEqual(parsed(first), own)
  assert.deepEqual(parsed(second), own)
})

test('tsx: every generation has the same flags and arguments', async (t) => {
  const dir = tempDir(t, {
    ...appFiles(),
    'app.ts': FILES['sub/app.js']?.replaceAll("'../", "'./") ?? '',
    'telling.js': TELLING,
  })
  const command = `${REPOSITORY}/node_modules/.bin/tsx`
  const app = startCommand(t, command, ['--no-warnings', 'app.ts', 'x'], {
    cwd: dir.path,
    env: { EXIT75_STANDBY: '0' },
  })
  const [, first = ''] = await app.says(/^started as (.*)\n/)
  assert.match(first, /"execArgv":\[.*"--no-warnings"/)
  assert.doesNotMatch(first, /preload/)
  await app.says('ready')
  dir.write('version.js', version('b'))
  assert.deepEqual(JSON.parse((await app.says(/^started as (.*)\n/))[1] ?? ''), JSON.parse(first))
})

const FORKING = appFiles({
  'app.js': `
import { fork } from 'node:child_process'
import { generation, PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
if (PARENT) launch()
else {
  if (generation === 1) fork('fork.js')
  await run(version)
}
`,
  'fork.js': `
import { CHILD, PARENT } from 'exit75'
console.log('fork', JSON.stringify(process.execArgv), PARENT, CHILD, process.env.EXIT75)
`,
})

test('a fork of the app gets the flags that the user gave, and is a program of its own, whatever letters the path has', async (t) => {
  const dir = tempDir(t, appFiles())
  const odd = dir.file('a b%20c#d?e ä/node_modules')
  mkdirSync(odd, { recursive: true })
  for (const part of ['dist', 'package.json'])
    cpSync(`${REPOSITORY}/${part}`, `${odd}/exit75/${part}`, { recursive: true })
  for (const name of ['node-watch', 'signal-exit'])
    cpSync(`${REPOSITORY}/node_modules/${name}`, `${odd}/${name}`, { recursive: true })
  for (const [name, content] of Object.entries(FORKING)) dir.write(`a b%20c#d?e ä/${name}`, content)
  const app = start(t, ['app.js'], {
    cwd: dir.file('a b%20c#d?e ä'),
    flags: ['--no-warnings'],
    env: { EXIT75_STANDBY: '0' },
  })
  await app.says('fork ["--no-warnings"] true false undefined')
  await until('it is ready', app.output, () => app.count('ready 1 a []') === 1)
  dir.write('a b%20c#d?e ä/version.js', 'export const version = ')
  await app.says('[exit75] version.js:1 does not parse')
  await onlyTheNextEditCounts(app, {
    ...dir,
    write: (name, text) => dir.write(`a b%20c#d?e ä/${name}`, text),
  })
})

test('hooks of a preload that resolve by themselves hide no file', async (t) => {
  const dir = tempDir(t, {
    'package.json': '{"type":"module"}',
    'preload.mjs': "import { register } from 'node:module'\nregister('./hooks.mjs', import.meta.url)",
    'hooks.mjs': `
      export const resolve = (specifier, context, next) =>
        specifier === 'virtual:version'
          ? { url: new URL('./version.js', context.parentURL).href, format: 'module', shortCircuit: true }
          : next(specifier, context)`,
    'version.js': "export const version = 'a'",
    'app.js':
      "import { version } from 'virtual:version'\nconsole.log('ready', version)\nsetInterval(() => {}, 1000)",
  })
  const flags = ['--no-warnings', '--import', 'exit75/register', '--import', './preload.mjs']
  const app = start(t, ['app.js'], { cwd: dir.path, flags })
  await app.says('ready a')
  dir.write('version.js', "export const version = 'b'")
  await app.says('ready b')
})

/** A loader by its name, which tells what it sees of what ran before it. */
const LOADER = "console.log('loader of', process.env.SUCRASE_OPTIONS, globalThis.order?.join())"
const NOTES = (name: string) => `(globalThis.order ??= []).push('${name}')`

for (const [flags, seen] of [
  [['-r', 'dotenv/config', '-r', 'sucrase/register'], 'loader of set dotenv'],
  [['--import', 'sucrase/register.js', '-r', './one.cjs', '-r', 'dotenv/config'], 'loader of set one,dotenv'],
  [
    ['--import', './two.mjs', '--import=sucrase/register.js', '--require=./one.cjs'],
    'loader of undefined one,two',
  ],
] as const)
  test(`what is loaded first is loaded before a loader, in every generation: ${flags.join(' ')}`, async (t) => {
    const dir = tempDir(t, {
      'node_modules/sucrase/register.js': LOADER,
      'node_modules/dotenv/config.js': `${NOTES('dotenv')}; process.env.SUCRASE_OPTIONS = 'set'`,
      '.env': 'export SUCRASE_OPTIONS=set',
      'one.cjs': NOTES('one'),
      'two.mjs': NOTES('two'),
      'app.cjs': "require('./version.cjs')\nsetInterval(() => {}, 1000)",
      'version.cjs': "console.log('ready a')",
    })
    const app = startCli(t, [...flags, 'app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
    await app.says(seen)
    await app.says('ready a')
    await app.says(/standby \d+ is ready/)
    dir.write('version.cjs', "console.log('ready b')")
    await app.says('ready b')
    assert.equal(app.count(seen), 2, app.output())
    assert.equal(app.count(/loader of/), 2, app.output())
  })
