/** The command on Windows: how a word is found, what a batch file gets, and what of it ends. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { withVariables } from '../../src/system/variables.ts'
import { CLI, startCli } from '../helpers/cli.ts'
import { cleanEnvironment, isAlive } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

const SHOW = 'console.log(JSON.stringify(process.argv.slice(2)))'
/** As npm writes it for the command of a package, and beside it for the shells of other systems. */
const BATCH = (script: string) =>
  [
    '@ECHO off',
    'GOTO start',
    ':find_dp0',
    'SET dp0=%~dp0',
    'EXIT /b',
    ':start',
    'SETLOCAL',
    'CALL :find_dp0',
    `endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "${process.execPath}" "%dp0%\\..\\${script}" %*`,
    '',
  ].join('\r\n')

const FILES = {
  'show.js': SHOW,
  'my tools/show.cmd': BATCH('show.js'),
  'my tools/show': '#!/bin/sh\nexit 9\n',
  'my tools/exits.bat': '@exit /b 7\r\n',
}

/** As cmd.exe and PowerShell name the variable, with the folder of the tools in front. */
const withTools = (dir: TempDir): NodeJS.ProcessEnv => {
  const path = `${dir.file('my tools')};${dirname(process.execPath)};${process.env.PATH}`
  return withVariables(cleanEnvironment(), { Path: path })
}

const run = (dir: TempDir, args: readonly string[], env = withTools(dir)) =>
  spawnSync(process.execPath, [CLI, '--on-exit', 'exit', '--on-crash', 'exit', ...args], {
    cwd: dir.path,
    env,
    encoding: 'utf8',
  })

for (const args of [
  [],
  ['a b', '', 'c'],
  ['c&d', 'e|f', '<g>', '^h', '(i)', '!j!', '@k'],
  ['%PATH%', '50%', '%', '%%'],
  ['say "hi"', '"', 'a\\"b', '"&"'],
  ['end\\', 'a b\\', 'C:\\x y\\'],
  ['a,b;c=d', '*', '?', "it's", 'ü', '--flag=a b'],
]) {
  test(`a batch file gets ${JSON.stringify(args)} as they are`, (t) => {
    const { stdout, stderr } = run(tempDir(t, FILES), ['show', ...args])
    assert.deepEqual(JSON.parse(stdout), args, stderr)
  })
}

test('a batch file is found on Path by its name, here by a path with either slash, and its code is passed on', (t) => {
  const dir = tempDir(t, FILES)
  for (const word of ['exits', 'exits.bat', '.\\my tools\\exits', 'my tools/exits.bat'])
    assert.equal(run(dir, [word, 'x']).status, 7, word)
})

test('a folder of Path may stand in quotes', (t) => {
  const dir = tempDir(t, FILES)
  const env = withVariables(withTools(dir), {
    Path: `"${dir.file('my tools')}";${dirname(process.execPath)}`,
  })
  assert.equal(run(dir, ['exits'], env).status, 7)
})

test('a Node program whose ending is in capitals', (t) => {
  const { stdout, status } = run(tempDir(t, { 'APP.JS': SHOW }), ['APP.JS', 'a'])
  assert.deepEqual([stdout.trim(), status], ['["a"]', 0])
})

test('a file that is not a program, though its ending says so', (t) => {
  const { stderr, status } = run(tempDir(t, { 'x.exe': 'text' }), ['x.exe'])
  assert.match(stderr, /cannot start x.exe: it is not a program for this system/)
  assert.equal(status, 126)
})

test('a line for the shell is run by cmd.exe', (t) => {
  const { status, stdout } = run(tempDir(t, FILES), ['echo "a b" & exit 3'])
  assert.deepEqual([stdout.trim(), status], ['"a b"', 3])
})

test('npm run', (t) => {
  const dir = tempDir(t, { 'package.json': '{"scripts":{"x":"node show.js"}}', 'show.js': SHOW })
  const { status } = spawnSync('npm --version', { shell: true, env: withTools(dir) })
  if (status !== 0) return t.skip('there is no npm')
  for (const name of ['npm', 'npm.cmd']) {
    const { stdout, stderr } = run(dir, [name, 'run', '--silent', 'x', '--', 'a b', 'c&d'])
    const last = stdout.trim().split('\n').at(-1) ?? '' // the cmd.exe of Wine shows a comment in npm.cmd
    assert.deepEqual(JSON.parse(last), ['a b', 'c&d'], stderr)
  }
})

for (const [word, status, text] of [
  ['app.py', 126, 'app.py is neither a Node program nor executable'],
  ['app.txt', 126, 'app.txt is neither a Node program nor executable'],
  ['none', 127, 'there is no file none here, and no such command on PATH'],
  ['none.exe', 127, 'there is no file none.exe here, and no such command on PATH'],
  ['.\\none.js', 127, 'there is no file .\\none.js'],
] as const) {
  test(`${word} cannot be run: one line says why`, (t) => {
    const result = run(tempDir(t, { 'app.py': '', 'app.txt': '' }), [word])
    assert.equal(result.status, status)
    assert.ok(result.stderr.startsWith(`[exit75] ${text}`), result.stderr)
    assert.equal(result.stderr.trim().split('\n').length, 1)
  })
}

test('a file without an extension is a Node program', (t) => {
  const { stdout, status } = run(tempDir(t, { plain: SHOW }), ['plain', 'a'])
  assert.deepEqual([stdout.trim(), status], ['["a"]', 0])
})

test('an edit ends the whole tree of a command, and starts it anew', async (t) => {
  const dir = tempDir(t, {
    'leader.cmd': `@"${process.execPath}" middle.js\r\n`,
    'middle.js':
      "require('node:child_process').spawn(process.execPath, ['leaf.js'], { stdio: 'inherit', detached: true })",
    'leaf.js': "console.log('leaf', process.pid); setInterval(() => {}, 1000)",
    'data.txt': '1',
  })
  const command = startCli(t, ['leader'], { cwd: dir.path })
  const [, first] = await command.says(/^leaf (\d+)/)
  dir.write('data.txt', '2')
  const [, second] = await command.says(/^leaf (\d+)/)
  await until('the first leaf is gone', command.output, () => !isAlive(Number(first)))
  assert.ok(isAlive(Number(second)))
})

for (const [what, flags, env] of [
  ['--exec', ['--exec'], {}],
  ['EXIT75=off', [], { EXIT75: 'off' }],
] as const) {
  test(`${what}: the program runs once, with its arguments, its code and no parent`, (t) => {
    const dir = tempDir(t, {
      ...FILES,
      'app.js': `${SHOW}; console.log(process.env.EXIT75); process.exitCode = 4`,
    })
    const environment = { ...withTools(dir), ...env }
    const program = run(dir, [...flags, 'app.js', 'a&b'], environment)
    assert.deepEqual([program.stdout, program.status], ['["a&b"]\noff\n', 4])
    const batch = run(dir, [...flags, 'show', 'a&b', '%x%'], environment)
    assert.deepEqual([batch.stdout, batch.status], ['["a&b","%x%"]\n', 0])
    const line = run(dir, [...flags, 'echo hi & exit 5'], environment)
    assert.deepEqual([line.stdout.trim(), line.status], ['hi', 5])
  })
}
