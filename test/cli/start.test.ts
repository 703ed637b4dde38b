/** How a command line is meant, up to the first start: seen from outside. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, renameSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../../src/cli/find-program.ts'
import { waitForFile } from '../../src/cli/wait-for-file.ts'
import { MissingFile } from '../../src/options/usage-error.ts'
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

/** A next child that is ready ahead makes no difference here. */
const WITHOUT_STANDBY = { env: { EXIT75_STANDBY: '0' } }

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
  const run = exit75(t, dir, [...flags, 'lib/main.js', '--inspect'], WITHOUT_STANDBY)
  const shown =
    '--env-file=.env -r ./setup.cjs --title mine --enable-source-maps --inspect from-the-file mine'
  await run.says(`runs a ${shown}`)
  dir.write('lib/version.js', `export const version = 'b'`)
  await run.says(`runs b ${shown}`)
})

for (const flags of [[], ['--no-warnings']])
  test(`the main file of the package: exit75 ${flags.join(' ')}`, async (t) => {
    const run = exit75(t, appDir(t), flags, WITHOUT_STANDBY)
    await run.says(`runs a ${flags.join('')}`)
  })

test("what follows the program is the program's, and one line says so of an option of exit75", async (t) => {
  const dir = appDir(t)
  const run = exit75(t, dir, ['lib/main.js', '--watch', 'x'], WITHOUT_STANDBY)
  await run.says(
    '[exit75] --watch is passed to lib/main.js, because it follows it · options of exit75 go before',
  )
  await run.says(/^runs a {2}--watch x /)
  const marked = exit75(t, dir, ['--', 'lib/main.js', '--watch', 'x'], WITHOUT_STANDBY)
  await marked.says(/^runs a {2}--watch x /)
  assert.equal(marked.count(/passed to/), 0)
})

for (const [what, line] of [
  ['the main file of the package', ''],
  ['in a folder that is missing', 'dist/main.js'],
  ['in a folder that is there', 'lib/mein.js'],
  ['by a name without an extension', './dist/main'],
  ['an executable', './dist/tool.sh'],
  ['after node', 'node dist/main.js'],
] as const) {
  test(`what is about to be built is waited for: ${what}`, async (t) => {
    const dir = tempDir(t, { 'package.json': '{"main":"dist/main.js"}', 'lib/main.js': '', version: 'a' })
    const words = line.split(' ').filter(Boolean)
    const place = { directory: dir.path, env: { PATH: '/nowhere' } }
    const file = words.at(-1) ?? 'dist/main.js'
    assert.throws(
      () => findProgram(words, place),
      (error) => {
        assert.ok(error instanceof MissingFile)
        assert.deepEqual([error.status, error.file, error.directory], [127, file, dir.path])
        return true
      },
    )
    const isThere = waitForFile(dir.file(file))
    mkdirSync(dir.file('dist'), { recursive: true })
    if (file.endsWith('.sh')) {
      // As a build does it: what cannot be executed yet is not finished.
      dir.write('new', '#!/bin/sh\n')
      chmodSync(dir.file('new'), 0o755)
      renameSync(dir.file('new'), dir.file(file))
    } else dir.write(file.endsWith('/main') ? `${file}.js` : file, '')
    await isThere
    assert.equal(findProgram(words, place).is, file.endsWith('.sh') ? 'command' : 'node')
  })
}

test('a file that is about to be built is waited for, and what may be meant is named', async (t) => {
  const dir = tempDir(t, { 'package.json': '{"type":"module"}', 'lib/main.js': '' })
  const run = exit75(t, dir, ['lib/mein.js', 'an argument'], WITHOUT_STANDBY)
  await run.says(
    /^\[exit75\] there is no file lib\/mein\.js in \S+ \S+ · did you mean lib\/main\.js\? · waiting for it\n/,
  )
  dir.write('lib/mein.js', `console.log('runs', process.argv[2]); setInterval(() => {}, 1000)`)
  await run.says('runs an argument')
  assert.equal(run.count(/waiting for it/), 1)
})

test('what is not run by the name that was typed is suggested once, and waited beside', async (t) => {
  const dir = tempDir(t, { 'app.mjs': '' })
  const run = exit75(t, dir, ['./app'], WITHOUT_STANDBY)
  await run.says(/^\[exit75\] there is no file \.\/app in .+ · did you mean app\.mjs\? · waiting for it\n/)
  await sleep(500) // it looks every 100 ms, which shows nowhere
  dir.write('app.js', `console.log('runs'); setInterval(() => {}, 1000)`)
  await run.says('runs')
  assert.equal(run.count(/waiting for it/), 1)
})

test('a signal ends the wait', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const run = exit75(t, tempDir(t, {}), ['dist/main.js'])
    await run.says(/waiting for it/)
    run.signal(signal)
    assert.deepEqual(await run.ended, { code: null, signal })
  }
})

for (const words of [['srever'], ['python9.99', 'x']])
  test(`what is not there, and is not a file, is not waited for: exit75 ${words.join(' ')}`, () => {
    assert.throws(
      () => findProgram(words, { directory: '/', env: { PATH: '/nowhere' } }),
      (error: Error) => {
        assert.match(error.message, /^there is no file .* here, and no such command on PATH$/)
        return !(error instanceof MissingFile)
      },
    )
  })

for (const args of [
  ['--on-crash', 'exit', 'dist/main.js'],
  ['--exec', 'dist/main.js'],
]) {
  test(`what is not there ends with 127 where an answer is waited for: exit75 ${args.join(' ')}`, async (t) => {
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
  test(`a shell line ${what}`, () => {
    assert.deepEqual(findProgram([line], { directory: '/', env: { PATH: '/bin' } }), { is: 'shell', line })
  })
}

test('a shell line of several lines, and very long, runs, and runs again', async (t) => {
  const dir = commandDir(t)
  const run = exit75(t, dir, [`echo 1\necho ${'x'.repeat(10_000)}\n\n${LINE}`])
  await run.says(runs(dir, 'a'))
  dir.write('version.txt', 'b')
  await run.says(runs(dir, 'b', ['modified', 'version.txt']))
})

for (const [what, program] of [
  ['a Node program', ['app.js']],
  ['a command', ['echo "runs $EXIT75_CHANGES"; read -r _']],
] as const) {
  test(`--watch takes patterns: ${what}`, async (t) => {
    const dir = tempDir(t, {
      'app.js': `console.log('runs', process.env.EXIT75_CHANGES); setInterval(() => {}, 1000)`,
      'views/a.html': '1',
      'views/deep/b.html': '1',
      'views/c.txt': '1',
      'mail.html': '1',
    })
    const flags = ['--watch', 'views/**/*.html', '--watch', '*.mail']
    const run = exit75(t, dir, [...flags, ...program], WITHOUT_STANDBY)
    await run.says('runs []')
    dir.write('views/c.txt', '2')
    dir.write('mail.html', '2')
    dir.write('views/deep/b.html', '2')
    await run.says(`runs [["modified","${dir.file('views/deep/b.html')}"]]`)
    dir.write('views/new/d.html', '1')
    await run.says(`runs [["added","${dir.file('views/new/d.html')}"]]`)
    if (what === 'a command') {
      dir.write('x.mail', '1')
      await run.says(`runs [["added","${dir.file('x.mail')}"]]`)
    }
    assert.equal(run.count('runs'), what === 'a command' ? 4 : 3, run.output())
    assert.equal(run.count(/\[exit75\] there is no/), 0)
  })
}

test('--watch of what is not there names it and what may be meant, and it counts when it comes', async (t) => {
  const dir = appDir(t, { 'templates/page.html': '1' })
  const run = exit75(t, dir, ['--watch', 'tempaltes', '--watch', 'quux', 'lib/main.js'], WITHOUT_STANDBY)
  await run.says(
    '[exit75] there is no tempaltes to watch · did you mean templates? · it will be watched once it exists',
  )
  await run.says('[exit75] there is no quux to watch · it will be watched once it exists')
  await run.says(/^runs a/)
  dir.write('quux/file', '1')
  await run.says('[exit75] quux/file added')
})

test('a pattern that the shell has expanded, since it was not quoted', async (t) => {
  const dir = appDir(t, { 'lib/a.js': '', 'lib/b.js': '', 'app.js': '' })
  const run = exit75(t, dir, ['--watch', 'lib/a.js', 'lib/b.js', 'lib/main.js', 'app.js'], WITHOUT_STANDBY)
  await run.says(
    "[exit75] lib/b.js is run, and what follows are its arguments · is it from a pattern? Quote that: --watch 'lib/*.js'",
  )
})

test('what no shell makes of a pattern: another order, a -- in between, paths of the configuration', async (t) => {
  const files = { 'a.js': '', 'b.js': 'console.log("ran")', 'c.js': '', 'd.js': '' }
  const dir = tempDir(t, files)
  const configured = tempDir(t, { ...files, 'exit75.config.json': '{ "watch": ["a.js"] }' })
  const once = ['--on-exit', 'exit']
  const runs = [
    exit75(t, dir, [...once, '--watch', 'd.js', 'b.js', 'c.js'], WITHOUT_STANDBY),
    exit75(t, dir, [...once, '--watch', 'a.js', '--', 'b.js', 'c.js'], WITHOUT_STANDBY),
    exit75(t, configured, [...once, 'b.js', 'c.js'], WITHOUT_STANDBY),
  ]
  for (const run of runs) {
    await run.ended
    assert.equal(run.count('ran'), 1, run.output())
    assert.equal(run.count('pattern'), 0, run.output())
  }
})

for (const [words, says] of [
  [
    ['node app.js', 'src'],
    /^"node app\.js" is a whole line, and words follow it\. Write: exit75 --watch src node app\.js$/,
  ],
  [['node app.js', '--port', '80'], /Write: exit75 node app\.js --port 80$/],
  [['no-such app.js', 'src'], /^there is no file no-such app\.js in /],
] as const)
  test(`a quoted line and words after it: '${words[0]}' ${words.slice(1).join(' ')}`, (t) => {
    const dir = tempDir(t, { 'src/a.js': '', 'app.js': '' })
    assert.throws(() => findProgram(words, { directory: dir.path, env: {} }), { message: says })
  })

test('a value that a flag of Node takes only with =', () => {
  const place = { directory: '/', env: {}, flags: ['--inspect'] }
  assert.throws(() => findProgram(['9230', 'app.js'], place), { message: /Did you mean --inspect=9230\?$/ })
})

test('--watch and --ignore of an exception or a list, as others take them, says what to write', async (t) => {
  const dir = appDir(t, { 'templates/page.html': '1', 'data/1': '1' })
  const watch = [
    '--watch',
    '!data/**',
    '--watch',
    'templates,data',
    '--ignore',
    '*.{log,tmp}',
    '--ignore',
    '/a,b/',
  ]
  const run = exit75(t, dir, [...watch, 'lib/main.js'], WITHOUT_STANDBY)
  await run.says('[exit75] there is no !data/** to watch · to leave it out: --ignore data/**')
  await run.says(
    '[exit75] there is no templates,data to watch · one option for each path: --watch templates --watch data',
  )
  await run.says(
    '[exit75] --ignore *.{log,tmp}: as in .gitignore, a comma separates nothing · one option for each',
  )
  assert.equal(run.count(/separates nothing/), 1, run.output())
})

test('exit75/register says it as well', async (t) => {
  const dir = appDir(t, { 'exit75.config.json': '{"watch":["tempaltes"]}', 'templates/page.html': '1' })
  const run = start(t, ['lib/main.js'], { cwd: dir.path, flags: ['--import', 'exit75/register'] })
  await run.says('[exit75] there is no tempaltes to watch · did you mean templates?')
})

test('an address is the same however it is written', async (t) => {
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  // Held by one way to write it, listened on by another.
  const addresses = [
    [`:${ports[0]}`, `${ports[0]}`],
    [`${ports[1]}`, ports[1]],
    [`localhost:${ports[2]}`, { port: ports[2], host: 'LOCALHOST' }],
    ['unix:app.sock', './app.sock'],
  ]
  const dir = tempDir(t, {
    'server.mjs': `
      import net from 'node:net'
      import { PARENT, launchChild, listenOn } from 'exit75'
      const addresses = JSON.parse(process.argv[2])
      if (PARENT) launchChild({ listen: addresses.map(([held]) => held) })
      else for (const [, wanted] of addresses) {
        const options = listenOn(wanted)
        net.createServer((socket) => socket.end('hello')).listen(options, () => console.log('ready', 'fd' in options))
      }`,
  })
  const run = start(t, ['server.mjs', JSON.stringify(addresses)], { cwd: dir.path, ...WITHOUT_STANDBY })
  for (const _ of addresses) await run.says('ready true')
  for (const where of [...ports, dir.file('app.sock')]) assert.equal(await asked(where), 'hello')
})

test('what is not an address is refused by launchChild(), and by listenOn() under EXIT75=off', async (t) => {
  const code = `import { PARENT, launchChild, listenOn } from 'exit75'
    if (PARENT) launchChild({ listen: ['server'] })
    else listenOn('x')`
  const dir = tempDir(t, { 'server.mjs': code })
  const run = start(t, ['server.mjs'], { cwd: dir.path })
  assert.equal((await run.ended).code, 1)
  assert.match(
    run.output(),
    /option "listen" must be .* a path that contains a slash or ends in \.sock, not \[ 'server' \]/,
  )
  const off = start(t, ['server.mjs'], { cwd: dir.path, env: { EXIT75: 'off' } })
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
