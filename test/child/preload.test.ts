/** Every generation starts as the first one did, and sees the flags that the user gave. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { appFiles, onlyTheNextEditCounts, startApp, version } from '../helpers/app.ts'
import { start, startCommand } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

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

  const app = start(t, args, options)
  const [, first = ''] = await app.says(/^started as (.*)\n/)
  await app.says('ready 1 a []')
  dir.write('version.js', version('b'))
  const [, second = ''] = await app.says(/^started as (.*)\n/)
  await app.says('ready 2 b [modified version.js]')
  dir.write('version.js', version('c'))
  const [, third = ''] = await app.says(/^started as (.*)\n/)

  const parsed = (json: string) => JSON.parse(json) as { env: NodeJS.ProcessEnv }
  const own = parsed(alone)
  delete own.env.EXIT75 // `off` stays: what the app starts is to be told, too
  assert.deepEqual(parsed(first), own)
  assert.deepEqual(parsed(second), own)
  assert.deepEqual(parsed(third), own)
})

const TSX = `${REPOSITORY}/node_modules/.bin/tsx`
const COMMANDS: Record<string, [command: string, ...args: string[]]> = {
  'node --import tsx': [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    '--no-warnings',
    'app.ts',
    'x',
  ],
  tsx: [TSX, '--no-warnings', 'app.ts', 'x'],
}

for (const [how, [command, ...args]] of Object.entries(COMMANDS)) {
  test(`${how}: every generation has the same flags and arguments`, async (t) => {
    const dir = tempDir(t, {
      ...appFiles(),
      'app.ts': FILES['sub/app.js']?.replaceAll("'../", "'./") ?? '',
      'telling.js': TELLING,
    })
    const app = startCommand(t, command, args, { cwd: dir.path })
    const [, first = ''] = await app.says(/^started as (.*)\n/)
    assert.match(first, /"execArgv":\[.*"--no-warnings"/)
    assert.doesNotMatch(first, /preload/)
    for (const name of ['b', 'c']) {
      await app.says('ready')
      dir.write('version.js', version(name))
      assert.deepEqual(JSON.parse((await app.says(/^started as (.*)\n/))[1] ?? ''), JSON.parse(first))
    }
  })
}

test('a fork of the app gets the flags that the user gave, and is a program of its own', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { fork } from 'node:child_process'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else {
  fork('fork.js')
  await run('a')
}
`,
      'fork.js': `
import { CHILD, PARENT } from 'exit75'
console.log('fork', JSON.stringify(process.execArgv), PARENT, CHILD, process.env.EXIT75)
`,
    }),
  )
  const app = startApp(t, dir, { flags: ['--no-warnings'] })
  await app.says('fork ["--no-warnings"] true false undefined')
})

test('works where the path of the package has letters that addresses treat as special', async (t) => {
  const dir = tempDir(t, appFiles())
  const odd = dir.file('a b%20c#d?e ä/node_modules')
  mkdirSync(odd, { recursive: true })
  for (const part of ['dist', 'package.json'])
    cpSync(`${REPOSITORY}/${part}`, `${odd}/exit75/${part}`, { recursive: true })
  for (const name of ['node-watch', 'signal-exit'])
    cpSync(`${REPOSITORY}/node_modules/${name}`, `${odd}/${name}`, { recursive: true })
  for (const [name, content] of Object.entries(appFiles())) dir.write(`a b%20c#d?e ä/${name}`, content)
  const app = start(t, ['app.js'], { cwd: dir.file('a b%20c#d?e ä') })
  await app.says('ready 1 a []')
  dir.write('a b%20c#d?e ä/version.js', 'export const version = ')
  await app.says('[exit75] version.js:1 does not parse')
  await onlyTheNextEditCounts(app, {
    ...dir,
    write: (name, text) => dir.write(`a b%20c#d?e ä/${name}`, text),
  })
})
