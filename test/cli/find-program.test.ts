import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { findProgram, type Invocation } from '../../src/cli/find-program.ts'
import { splitFlags } from '../../src/cli/node-arguments.ts'
import { UsageError } from '../../src/options/usage-error.ts'
import { STRIPS_TYPES } from '../helpers/app.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

const NODE = process.execPath

const FILES = {
  'package.json': '{"main":"lib/main.cjs","scripts":{"dev":"exit75 server.js"}}',
  'app.js': '',
  'app.mjs': '',
  'only.mjs': '',
  'app.ts': '',
  'page.tsx': '',
  'my app.js': '',
  'lib/main.cjs': '',
  'folder/index.js': '',
  'empty/file.txt': '',
  plain: '',
  script: '#!/usr/bin/env node\n',
  'flagged.tool': '#!/usr/bin/env -S node --no-warnings --title tool\n',
  absolute: '#!/usr/local/bin/node --no-warnings\r\n',
  'run.sh': '#!/bin/sh\n',
  'my tool': '#!/bin/sh\n',
  'bin/tool': '#!/bin/sh\n',
  'bin/app': '#!/bin/sh\n',
  'bin/denied': '',
  'bin/bare': 'echo',
  sealed: '#!/bin/sh\n',
  'app.py': '',
  'bin/lost': '#!/no/such/interpreter -x\n',
}

function place(t: Parameters<typeof tempDir>[0], files: Record<string, string> = FILES): TempDir {
  const dir = tempDir(t, files)
  for (const name of ['script', 'run.sh', 'my tool', 'bin/tool', 'bin/app', 'bin/bare', 'bin/lost'].filter(
    (one) => one in files,
  ))
    chmodSync(dir.file(name), 0o755)
  return dir
}

const found = (dir: TempDir, words: readonly string[], env = {}): Invocation =>
  findProgram(words, { directory: dir.path, env: { PATH: `/nowhere:${dir.file('bin')}`, ...env } })

for (const [words, execArgv, argv] of [
  [['app.js'], [], ['app.js']],
  [['./app.js', 'a', '--b'], [], ['app.js', 'a', '--b']],
  [['app'], [], ['app']],
  [['./folder'], [], ['folder']],
  [['.'], [], ['.']],
  [[], [], ['.']],
  [['my app.js'], [], ['my app.js']],
  [['plain'], [], ['plain']],
  [['script', 'x'], [], ['script', 'x']],
  [['flagged.tool'], ['--no-warnings', '--title', 'tool'], ['flagged.tool']],
  [['absolute'], ['--no-warnings'], ['absolute']],
  [['node', 'app.js', '--flag'], [], ['app.js', '--flag']],
  [['node', 'app'], [], ['app']],
  [['node', 'app.py'], [], ['app.py']],
  [
    [
      'node',
      '--import',
      './setup.js',
      '-r',
      'x',
      '--title=t',
      '-C',
      'dev',
      '--env-file',
      '.env',
      '--inspect',
      'app.js',
    ],
    ['--import', './setup.js', '-r', 'x', '--title=t', '-C', 'dev', '--env-file', '.env', '--inspect'],
    ['app.js'],
  ],
  [
    ['node', '--max_old_space_size=99', '--unhandled_rejections', 'warn', 'app.js'],
    ['--max_old_space_size=99', '--unhandled_rejections', 'warn'],
    ['app.js'],
  ],
  [['node', '--no-warnings', '--', 'app.js', '--', 'x'], ['--no-warnings'], ['app.js', '--', 'x']],
  [[NODE, 'app.js'], [], ['app.js']],
  [['node --no-warnings app.js x'], ['--no-warnings'], ['app.js', 'x']],
] as const) {
  test(`a Node program: ${words.join(' ')}`, (t) => {
    const dir = place(t)
    const [entry, ...args] = argv
    const expected = { is: 'node', execArgv: [...execArgv], argv: [NODE, resolve(dir.path, entry), ...args] }
    assert.deepEqual(found(dir, words), expected)
  })
}

test('a Node program that is not a file', (t) => {
  const [dir, code] = [place(t), 'console.log(1)']
  const expected = { is: 'node', execArgv: ['--no-warnings', '-e', code], argv: [NODE, 'a', 'b'] }
  assert.deepEqual(found(dir, ['node', '--no-warnings', '-e', code, 'a', 'b']), expected)
})

test('a file of another language is for Node where a preload may teach it that', (t) => {
  const dir = place(t)
  const under = (...flags: string[]) => findProgram(['app.py'], { directory: dir.path, env: {}, flags })
  for (const flags of [
    ['-r', 'coffeescript/register'],
    ['--import', 'mine'],
  ])
    assert.deepEqual(under(...flags), { is: 'node', execArgv: flags, argv: [NODE, dir.file('app.py')] })
  assert.throws(() => under('--inspect'), UsageError)
})

test('another Node is run by that one', (t) => {
  const dir = place(t, { ...FILES, 'other/node': '#!/bin/sh\n' })
  chmodSync(dir.file('other/node'), 0o755)
  symlinkSync(NODE, dir.file('node'))
  const binary = (word: string) => {
    const program = found(dir, [word, 'app.js'])
    return program.is === 'node' ? program.argv[0] : program
  }
  assert.equal(binary('other/node'), dir.file('other/node'))
  assert.equal(binary('./node'), NODE)
})

for (const [words, file, args] of [
  [['tool'], 'bin/tool', []],
  [['tool', 'app.js', '-x'], 'bin/tool', ['app.js', '-x']],
  [['./bin/bare'], 'bin/bare', []],
  [['./run.sh'], 'run.sh', []],
  [['run.sh'], 'run.sh', []],
  [['my tool'], 'my tool', []],
] as const) {
  test(`a command: ${words.join(' ')}`, (t) => {
    const dir = place(t)
    const expected = { is: 'command', file: dir.file(file), argv0: words[0], args: [...args] }
    assert.deepEqual(found(dir, words), expected)
  })
}

for (const words of [
  ['node', '--test'],
  ['node', '--run', 'start'],
  ['node', '--check', 'app.js'],
  ['node', '--version'],
  ['node', 'inspect', 'app.js'],
]) {
  test(`a command, since Node has nothing to begin again: ${words.join(' ')}`, (t) => {
    const dir = place(t, { ...FILES, 'bin/node': '' }) // another one: a program would not be run by it, either
    chmodSync(dir.file('bin/node'), 0o755)
    const expected = { is: 'command', file: NODE, argv0: 'node', args: words.slice(1) }
    assert.deepEqual(found(dir, words), expected)
  })
}

for (const line of [
  'make && ./server',
  'tool x',
  'PORT=1 node app.js',
  'node app.js | cat',
  'node "my app.js"',
  './*.js',
  'cd lib; tool',
  'no such file.js',
]) {
  test(`for the shell: ${line}`, (t) => assert.deepEqual(found(place(t), [line]), { is: 'shell', line }))
}

for (const [words, status, message] of [
  [['server.js'], 127, /^there is no file server\.js in \//],
  [['lib/server.ts', 'x'], 127, /^there is no file lib\/server\.ts in \//],
  [['node', 'server'], 127, /^there is no file server in \//],
  [['quux'], 127, /^there is no file quux here, and no such command on PATH$/],
  [['only'], 127, /^there is no file only here, and no such command on PATH\. Did you mean only\.mjs\?$/],
  [
    ['PORT=80', 'app.js'],
    127,
    /^there is no file PORT=80 here, .*To set a variable: exit75 --env PORT=80 …$/,
  ],
  [
    ['dev'],
    127,
    /^there is no file dev here, and no such command on PATH\. It is a script in package\.json: npm run dev$/,
  ],
  [['./quux', 'x'], 127, /^there is no file \.\/quux in \//],
  [
    ['./empty'],
    126,
    /^nothing says what to run in \/.*\/empty: there is no "main" in its package\.json, and no index\.js\. Usage/,
  ],
  [['lost', 'x'], 126, /^lost: its interpreter \/no\/such\/interpreter does not exist$/],
  [
    ['empty'],
    127,
    /^there is no file empty here, and no such command on PATH\. It is a directory, which --watch empty watches$/,
  ],
  [['run', 'app.js'], 2, /^"run" is not needed here: exit75 app\.js$/],
  [['start', '--x', 'app.ts'], 2, /^"start" is not needed here: exit75 app\.ts$/],
  [['nodemon', '-w', 'src', 'app.js', '--x'], 2, /^nodemon restarts .*Write: exit75 app\.js --x$/],
  [['nodemon app.js'], 2, /^nodemon restarts .*Write: exit75 app\.js$/],
  [['nodemon', '--exec', 'tsx', 'app.ts'], 2, /Write: exit75 tsx app\.ts$/],
  [['npx', 'nodemon', '-x', 'python3 app.py'], 2, /Write: exit75 python3 app\.py$/],
  [['./node_modules/.bin/nodemon', 'app.js'], 2, /Write: exit75 app\.js$/],
  [['bun', 'run', '--watch', 'app.ts'], 2, /^bun --watch restarts .*Write: exit75 bun run app\.ts$/],
  [['pm2', 'start', 'pm2.config.js'], 2, /^pm2 start restarts .*Write: exit75 <program>$/],
  [['forever', 'app.js'], 2, /^forever restarts .*Write: exit75 app\.js$/],
  [['watchexec', '-r', '--', 'make', 'run'], 2, /^watchexec restarts .*Write: exit75 make run$/],
  [
    ['npx', 'exit75', '--keys', 'app.js'],
    2,
    /^exit75 is written twice, and once is enough: exit75 --keys app\.js$/,
  ],
  [['pm2', 'logs'], 127, /^there is no file pm2 here/],
  [['denied', 'x'], 127, /^there is no file denied here/],
  [
    ['app.py'],
    126,
    /^app\.py is neither a Node program nor executable\. Say what runs it, as in: exit75 python3 app\.py$/,
  ],
  [['./sealed'], 126, /^\.\/sealed is neither a Node program nor executable\./],
  [['node'], 2, /^node without a file reads its program from standard input: put it into a file$/],
  [['node', '--no-warnings', '-'], 2, /^node without a file/],
  [['./other/node', 'app.js'], 127, /^there is no file \.\/other\/node in/],
] as const) {
  test(`refused: ${words.join(' ')}`, (t) => {
    const dir = place(t)
    assert.throws(
      () => found(dir, words),
      (error) => error instanceof UsageError && error.status === status && message.test(error.message),
      message.source,
    )
  })
}

const TSX = {
  'node_modules/tsx/package.json': '{"exports":"./loader.mjs"}',
  'node_modules/tsx/loader.mjs': '',
}

function flagsFor(dir: TempDir, words: readonly string[], env = {}): readonly string[] {
  const program = found(dir, words, env)
  return program.is === 'node' ? program.execArgv : assert.fail(program.is)
}

test('TypeScript is run by Node where it can, else by the tsx of the project', (t) => {
  const dir = place(t, { ...FILES, ...TSX })
  const loader = ['--import', pathToFileURL(dir.file('node_modules/tsx/loader.mjs')).href]
  assert.deepEqual(flagsFor(dir, ['app.ts']), STRIPS_TYPES ? [] : loader)
  assert.deepEqual(flagsFor(dir, ['page.tsx']), loader, 'no Node knows JSX')
  assert.deepEqual(flagsFor(dir, ['node', '--title', 't', 'page.tsx']), ['--title', 't', ...loader])
})

test('who brings a loader is not given another', (t) => {
  const dir = place(t, { ...FILES, ...TSX })
  assert.deepEqual(flagsFor(dir, ['node', '--import', 'mine', 'page.tsx']), ['--import', 'mine'])
  assert.deepEqual(flagsFor(dir, ['page.tsx'], { NODE_OPTIONS: '--import=mine' }), [])
})

test('refused: what nothing here can run, with what to install', (t) => {
  const dir = place(t)
  const message = (word: string) => {
    try {
      return JSON.stringify(found(dir, [word]))
    } catch (error) {
      return String(error)
    }
  }
  assert.match(
    message('page.tsx'),
    /page\.tsx is written in JSX, which Node v\S+ does not run by itself: npm install --save-dev tsx$/,
  )
  if (!STRIPS_TYPES)
    assert.match(
      message('app.ts'),
      /app\.ts is TypeScript, which .*: npm install --save-dev tsx, or use Node 22\.18 or newer$/,
    )
})

test("every flag of this Node's that takes a value is known", () => {
  const { stdout } = spawnSync(NODE, ['--help'], { encoding: 'utf8' })
  const lines = [...stdout.matchAll(/^ {2}(-[^[\n]*)=(\.\.\.|\[host)/gm)].map(([, names = '']) => names)
  const names = lines.flatMap((line) => [...line.matchAll(/(?<=^|\s)--?[\w-]+/g)].map(([name]) => name))
  assert.ok(names.length > 50, `${names.length} found in the help`)
  // The file of the configuration may be left out, and then it is a flag alone; with --run there is no program.
  const others = /^--((experimental-(default-)?)?config-file|run)$/
  const unknown = names.filter(
    (name) => !others.test(name) && splitFlags([name, 'value', 'file']).rest[0] !== 'file',
  )
  assert.deepEqual(unknown, [])
  assert.equal(splitFlags(['--inspect', join('.', 'file')]).rest[0], 'file')
})

test('of a wrong main the program itself warns, and nobody else', async (t) => {
  const dir = place(t, { 'package.json': '{"main":"missing.js"}', 'index.js': '' })
  const warned = t.mock.fn()
  process.on('warning', warned)
  t.after(() => process.off('warning', warned))
  found(dir, ['.'])
  await new Promise(setImmediate)
  assert.equal(warned.mock.callCount(), 0)
})
