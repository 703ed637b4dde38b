/** How a command line is meant, up to the first start: seen from outside. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { test } from 'node:test'
import { CLI, startCli } from '../helpers/cli.ts'
import { commandDir, LINE, runs } from '../helpers/command.ts'
import { asked, freePort } from '../helpers/listeners.ts'
import { type Run, type StartOptions, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { terminal } from '../helpers/terminal.ts'

type Test = Parameters<typeof startCli>[0]

const exit75 = (t: Test, dir: TempDir, args: readonly string[], options: StartOptions = {}): Run =>
  startCli(t, args, { cwd: dir.path, ...options })

const SHOW = `
import { version } from './version.js'
console.log('runs', version, process.execArgv.join(' '), process.argv.slice(2).join(' '), process.env.NAME, process.title)
setInterval(() => {}, 1000)`

const appDir = (t: Test, files: Record<string, string> = {}): TempDir =>
  tempDir(t, {
    'package.json': '{"type":"module","main":"lib/main.js"}',
    'lib/main.js': SHOW,
    'lib/version.js': `export const version = 'a'`,
    ...files,
  })

test("Node's own flags stand in front of the program, and reach each generation", async (t) => {
  const dir = appDir(t, { 'setup.cjs': '', '.env': 'NAME=from-the-file' })
  const flags = [
    '--env-file=.env',
    '-r',
    './setup.cjs',
    '--settle',
    '5',
    '--title',
    'mine',
    '--enable-source-maps',
  ]
  const run = exit75(t, dir, [...flags, 'lib/main.js', '--inspect'])
  const shown =
    '--env-file=.env -r ./setup.cjs --title mine --enable-source-maps --inspect from-the-file mine'
  await run.says(`runs a ${shown}`)
  dir.write('lib/version.js', `export const version = 'b'`)
  await run.says(`runs b ${shown}`)
})

for (const args of [[], ['.'], ['--no-warnings']]) {
  test(`the main file of the package: exit75 ${args.join(' ')}`, async (t) => {
    const dir = appDir(t)
    const run = exit75(t, dir, args)
    await run.says(/^runs a /)
    dir.write('lib/version.js', `export const version = 'b'`)
    await run.says(/^runs b /)
  })
}

test('the main file of a package that has yet to be built is waited for', async (t) => {
  const dir = tempDir(t, { 'package.json': '{"type":"module","main":"dist/main.js"}' })
  const run = exit75(t, dir, [])
  await run.says(/^\[exit75\] there is no file dist\/main\.js in .* · waiting for it/)
  dir.write('dist/main.js', SHOW.replace('./version.js', '../version.js'))
  dir.write('version.js', `export const version = 'a'`)
  await run.says(/^runs a /)
})

test("what follows the program is the program's, and one line says so of an option of exit75", async (t) => {
  const dir = appDir(t)
  const run = exit75(t, dir, ['lib/main.js', '--watch', 'x'])
  await run.says(
    '[exit75] --watch is passed to lib/main.js, because it follows it · options of exit75 go before',
  )
  await run.says(/^runs a {2}--watch x /)
  for (const args of [
    ['lib/main.js', '--verbose', '--help'],
    ['--', 'lib/main.js', '--watch', 'x'],
  ]) {
    const other = exit75(t, dir, args)
    await other.says(/^runs a /)
    assert.equal(other.count('[exit75]'), 0)
  }
})

for (const [what, file] of [
  ['a folder that is missing', 'dist/main.js'],
  ['a folder that is there', 'lib/mein.js'],
  ['a name without an extension', './dist/main'],
  ['an executable', './dist/tool.sh'],
  ['a name after node', 'node dist/main.js'],
] as const) {
  test(`a file that is about to be built is waited for: ${what}`, async (t) => {
    const dir = tempDir(t, { 'package.json': '{"type":"module"}', 'lib/main.js': '', version: 'a' })
    const words = file.split(' ')
    const path = words.at(-1) as string
    const run = exit75(t, dir, [...words, 'an argument'])
    const near = file === 'lib/mein.js' ? ' · did you mean lib/main.js\\?' : ''
    await run.says(
      new RegExp(
        `^\\[exit75\\] there is no file ${path.replaceAll('.', '\\.')} in \\S+ \\S+${near} · waiting for it\\n`,
      ),
    )
    const built = path.endsWith('/main') ? `${path}.js` : path
    if (path.endsWith('.sh')) {
      // As a build does it: what cannot be executed yet is not finished.
      mkdirSync(dir.file('dist'))
      dir.write('new', '#!/bin/sh\necho "runs $1"; exec sleep 1000')
      chmodSync(dir.file('new'), 0o755)
      renameSync(dir.file('new'), dir.file(path))
    } else dir.write(built, `console.log('runs', process.argv[2]); setInterval(() => {}, 1000)`)
    await run.says('runs an argument')
    assert.equal(run.count(/waiting for it/), 1)
  })
}

test('a signal ends the wait', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const run = exit75(t, tempDir(t, {}), ['dist/main.js'])
    await run.says(/waiting for it/)
    run.signal(signal)
    assert.deepEqual(await run.ended, { code: null, signal })
  }
})

for (const args of [
  ['srever'],
  ['--on-crash', 'exit', 'dist/main.js'],
  ['--exec', 'dist/main.js'],
  ['python9.99', 'x'],
]) {
  test(`what is not there ends with 127: exit75 ${args.join(' ')}`, async (t) => {
    const run = exit75(t, tempDir(t, {}), args)
    assert.deepEqual(await run.ended, { code: 127, signal: null })
    assert.match(run.output(), /^\[exit75\] there is no file .*\n$/)
  })
}

for (const [what, line] of [
  ['longer than a file name', `echo ${'long '.repeat(100)}; ${LINE}`],
  ['longer than a path', `echo ${'x'.repeat(10_000)}; ${LINE}`],
  ['of several lines', `echo 1\necho 2\n\n${LINE}`],
] as const) {
  test(`a shell line ${what}`, async (t) => {
    const dir = commandDir(t)
    const run = exit75(t, dir, [line])
    await run.says(runs('a'))
    dir.write('version.txt', 'b')
    await run.says(runs('b', ['modified', 'version.txt']))
  })
}

for (const [what, program] of [
  ['a Node program', ['app.js']],
  ['a command', [`echo "runs $EXIT75_CHANGES" | sed "s#$PWD/##g"; exec sleep 1000`]],
] as const) {
  test(`--watch takes patterns: ${what}`, async (t) => {
    const dir = tempDir(t, {
      'app.js': `console.log('runs', process.env.EXIT75_CHANGES.replaceAll(process.cwd() + '/', '')); setInterval(() => {}, 1000)`,
      'views/a.html': '1',
      'views/deep/b.html': '1',
      'views/c.txt': '1',
      'mail.html': '1',
    })
    const run = exit75(t, dir, ['--watch', 'views/**/*.html', '--watch', '*.mail', ...program])
    await run.says('runs []')
    dir.write('views/c.txt', '2')
    dir.write('mail.html', '2')
    dir.write('views/deep/b.html', '2')
    await run.says('runs [["modified","views/deep/b.html"]]')
    dir.write('views/new/d.html', '1')
    await run.says('runs [["added","views/new/d.html"]]')
    dir.write('x.mail', '1')
    await run.says('runs [["added","x.mail"]]')
    assert.equal(run.count('runs'), 4, run.output())
    assert.equal(run.count(/\[exit75\] there is no/), 0)
  })
}

test('--watch of what is not there names it and what may be meant, and it counts when it comes', async (t) => {
  const dir = appDir(t, { 'templates/page.html': '1' })
  const run = exit75(t, dir, ['--watch', 'tempaltes', '--watch', 'quux', 'lib/main.js'])
  await run.says(
    '[exit75] there is no tempaltes to watch · did you mean templates? · it will be watched once it exists',
  )
  await run.says('[exit75] there is no quux to watch · it will be watched once it exists')
  await run.says(/^runs a/)
  dir.write('quux/file', '1')
  await run.says('[exit75] quux/file added')
})

test('exit75/register says it as well', async (t) => {
  const dir = appDir(t, { 'exit75.config.json': '{"watch":["tempaltes"]}', 'templates/page.html': '1' })
  const run = start(t, ['lib/main.js'], { cwd: dir.path, flags: ['--import', 'exit75/register'] })
  await run.says('[exit75] there is no tempaltes to watch · did you mean templates?')
})

/** Listens by one way to write an address on a socket that the parent holds by another. */
const SERVER = `
import net from 'node:net'
import { PARENT, launchChild, listenOn } from 'exit75'
const [held, wanted] = JSON.parse(process.argv[2])
if (PARENT) launchChild({ listen: [held] })
else {
  const options = listenOn(wanted)
  net.createServer((socket) => socket.end('hello')).listen(options, () => console.log('ready', 'fd' in options))
}`

test('an address is the same however it is written', async (t) => {
  const dir = tempDir(t, { 'server.mjs': SERVER })
  for (const [held, wanted] of [
    [':%', '%'],
    ['%', 0],
    ['localhost:%', { port: 0, host: 'LOCALHOST' }],
    ['unix:app.sock', './app.sock'],
  ] as const) {
    const port = await freePort()
    const at = (one: unknown) =>
      JSON.parse(JSON.stringify(one).replace('%', String(port)).replace(/\b0\b/, String(port)))
    const run = start(t, ['server.mjs', JSON.stringify([at(held), at(wanted)])], { cwd: dir.path })
    await run.says('ready true')
    assert.equal(await asked(String(held).startsWith('unix') ? dir.file('app.sock') : port), 'hello')
    run.signal('SIGTERM')
    await run.ended
  }
})

test('what is not an address, and a path that is too long, are refused by name, and no file is made', async (t) => {
  const dir = tempDir(t, { 'server.mjs': SERVER })
  const long = `${'x'.repeat(120)}/../app.sock`
  mkdirSync(dir.file('x'.repeat(120)))
  for (const [address, message] of [
    ['udp:3000', /option "listen" must be a list of different addresses, .*, not \[ 'udp:3000' \]/],
    [
      'server',
      /option "listen" must be .* a path that contains a slash or ends in \.sock, not \[ 'server' \]/,
    ],
    [
      long,
      /option "listen": the path x{120}\/\.\.\/app\.sock has 132 bytes, but that of a Unix socket may have at most 10\d/,
    ],
  ] as const) {
    const run = start(t, ['server.mjs', JSON.stringify([address, address])], { cwd: dir.path })
    assert.equal((await run.ended).code, 1)
    assert.match(run.output(), message)
  }
  assert.equal(existsSync(dir.file('app.sock')) || existsSync(dir.file('udp:3000')), false)
  const off = start(t, ['server.mjs', JSON.stringify(['x', 'x'])], { cwd: dir.path, env: { EXIT75: 'off' } })
  await off.ended
  assert.match(off.output(), /TypeError: listenOn\(\): the address must be a port .*, not 'x'/)
})

test('at a terminal --exec says that nothing is watched, and what to write instead', async (t) => {
  const dir = appDir(t, { 'app.py': '' })
  const shell = await terminal(t, { cwd: dir.path, env: { CLI } })
  shell.enter('$NODE $CLI --exec echo it runs')
  await shell.says('[exit75] --exec: runs once, and nothing is watched · with restarts: exit75 echo it runs')
  assert.equal(await shell.prompt(), 0)
  shell.enter('$NODE $CLI --exec echo piped 2>&1 | cat')
  await shell.says('piped')
  assert.equal(shell.output().split('nothing is watched').length - 1, 1, shell.output())
})
