/** Programs for Node under the command, with and without exit75 in them. */
import assert from 'node:assert/strict'
import { chmodSync, cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { STRIPS_TYPES } from '../helpers/app.ts'
import { CLI, startCli } from '../helpers/cli.ts'
import { asked } from '../helpers/listeners.ts'
import { descendants, isAlive, type Run, type StartOptions } from '../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { CTRL_C, terminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof startCli>[0]

const version = (text: string) => `export const version = '${text}'`

/** Has never heard of exit75. Says `serves <version>`, why it runs, and the signals that it gets. */
const FOREIGN = `
import { createServer } from 'node:http'
import { version } from './version.js'
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.on(signal, () => { console.log('got', signal); process.exit(9) })
const changes = JSON.parse(process.env.EXIT75_CHANGES).map(([type, path]) => type + ' ' + path.slice(process.cwd().length + 1))
createServer().listen(0, () => console.log('serves', version, changes))`

const COOPERATIVE = `
import { onRestart } from 'exit75'
import { version } from './version.js'
process.on('SIGTERM', () => console.log('got SIGTERM'))
onRestart(() => console.log('was asked'))
setInterval(() => {}, 1000)
console.log('serves', version)`

const appDir = (t: Test, app = FOREIGN, others: Record<string, string> = {}): TempDir =>
  tempDir(t, { 'package.json': '{"type":"module"}', 'app.js': app, 'version.js': version('a'), ...others })

const exit75 = (t: Test, dir: TempDir, args: readonly string[], options: StartOptions = {}): Run =>
  startCli(t, args, { cwd: dir.path, ...options })

/** A next child that is ready ahead makes no difference here. */
const WITHOUT_STANDBY = { env: { EXIT75_STANDBY: '0' } }

test('what one that knows nothing of exit75 has started is ended with each generation, as well where a standby has become it', async (t) => {
  const sleeps = `
    import { spawn } from 'node:child_process'
    console.log('started', spawn('sleep', ['1000']).pid)`
  const dir = appDir(t, `${FOREIGN}${sleeps}`)
  const run = exit75(t, dir, ['--log', 'debug', 'app.js'])
  for (const next of ['b', 'c', 'd']) {
    const [, started] = await run.says(/^started (\d+)/)
    await run.says(/standby \d+ is ready/)
    dir.write('version.js', version(next))
    await run.says('got SIGTERM')
    await until('what it started is gone', run.output, () => !isAlive(Number(started)))
  }
})

test('one that knows nothing of exit75 gets --signal and is launched again; --kill-timeout, if it does not end', async (t) => {
  // The first one does not.
  const dir = appDir(t, FOREIGN.replace('process.exit(9)', "if (version !== 'a') process.exit(9)"))
  const flags = ['--signal', 'hup', '--kill-timeout', '1000']
  const run = exit75(t, dir, [...flags, 'app.js'], WITHOUT_STANDBY)
  await run.says('serves a []')
  dir.write('version.js', version('b'))
  await run.says('got SIGHUP')
  await run.says(/\[exit75\] still running 1\.0 s after the signal · sending SIGKILL/)
  await run.says(`serves b [ 'modified version.js' ]`)
  dir.write('version.js', version('c'))
  await run.says('got SIGHUP')
  await run.says(`serves c [ 'modified version.js' ]`)
  await run.says(/\[exit75\] version\.js changed · restarted in/)
  assert.equal(run.count('got'), 2)
})

test('--watch beside what it loaded, --ignore of what it loaded; SIGTERM, once for each', async (t) => {
  const dir = appDir(t, '', {
    'app.js': `import './templates/helper.js'\nimport './generated/list.js'\n${FOREIGN}`,
    'templates/page.html': '1',
    'templates/helper.js': version('h'),
    'generated/list.js': '// 1',
  })
  const run = exit75(t, dir, ['--watch', 'templates', '--ignore', 'generated', 'app.js'], WITHOUT_STANDBY)
  await run.says('serves a []')

  await t.test('what was told not to count does not', async () => {
    dir.write('generated/list.js', '// 2')
    dir.write('version.js', version('b'))
    await run.says('got SIGTERM')
    await run.says(`serves b [ 'modified version.js' ]`)
  })

  await t.test('templates restart it; a module below is checked, and counts once', async () => {
    dir.write('templates/page.html', '2')
    await run.says(`serves b [ 'modified templates/page.html' ]`)
    dir.write('templates/helper.js', 'export const version = ')
    await run.says(/\[exit75\] templates\/helper\.js:1 does not parse: .* · the running code stays/)
    dir.write('templates/helper.js', version('i'))
    await run.says(`serves b [ 'modified templates/helper.js' ]`)
    dir.write('templates/sub/new.html', '1')
    await run.says(`serves b [ 'added templates/sub/new.html' ]`)
  })

  assert.equal(run.count('serves'), 5)
  assert.equal(run.count('got'), 4)
})

test('--watch beside it: each save of a module below is one restart, and what is kept ready for it runs next', async (t) => {
  const dir = appDir(
    t,
    `import { generation, restartSignal } from 'exit75'
restartSignal.addEventListener('abort', () => process.exit(75))
await new Promise((resolve) => setTimeout(resolve, 60)) // the parent looks at the tree meanwhile
const { version } = await import('./version.js')
console.log('serves', version, generation, process.pid)
setInterval(() => {}, 1000)`,
  )
  const run = exit75(t, dir, ['--log', 'debug', '--watch', '.', 'app.js'])
  const serves = async (name: string, generation: number) =>
    (await run.says(new RegExp(`^serves ${name} ${generation} (\\d+)`)))[1]
  await serves('a', 1)
  for (const [save, name] of ['b', 'c'].entries()) {
    const [, standby] = await run.says(/standby (\d+) is ready/)
    dir.write('version.js', version(name))
    assert.equal(await serves(name, save + 2), standby)
  }
  const all = descendants(run.pid)
  run.signal('SIGTERM')
  await run.ended
  await until('nothing is left', run.output, () => !all.some(isAlive))
})

test('--watch beside it: an edit while it waits after a crash launches', async (t) => {
  const dir = appDir(
    t,
    `import { readFileSync } from 'node:fs'\nprocess.exit(Number(readFileSync('data/code')))`,
    {
      'data/code': '5',
    },
  )
  const run = exit75(t, dir, ['--watch', 'data', 'app.js'], WITHOUT_STANDBY)
  await run.says(/\[exit75\] the app exited with 5 · waiting for a change/)
  dir.write('data/code', '0')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
})

test('one that asks a copy of exit75 of its own is asked, too', async (t) => {
  const dir = appDir(t, COOPERATIVE)
  dir.remove('node_modules/exit75')
  for (const part of ['dist', 'package.json'])
    cpSync(join(REPOSITORY, part), dir.file(`node_modules/exit75/${part}`), { recursive: true })
  for (const dependency of ['ignore', 'node-watch', 'signal-exit'])
    symlinkSync(join(REPOSITORY, 'node_modules', dependency), dir.file(`node_modules/${dependency}`))
  const run = exit75(t, dir, ['app.js'])
  await run.says('serves a')
  dir.write('version.js', version('b'))
  await run.says('was asked')
  await run.says('serves b')
  assert.equal(run.count('got'), 0)
})

test('--on-exit wait: what it loaded is watched while it works, and when it is done', async (t) => {
  const dir = appDir(
    t,
    `
    import { existsSync } from 'node:fs'
    import { version } from './version.js'
    console.log('works on', version)
    process.on('SIGTERM', () => console.log('got SIGTERM'))
    while (!existsSync('go ' + version)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    console.log('done', version)`,
    { 'go a': '', 'go c': '' },
  )
  const run = exit75(t, dir, ['--on-exit', 'wait', 'app.js'], WITHOUT_STANDBY)
  await run.says('done a')
  await run.says(/\[exit75\] the app exited with 0 · waiting for a change/)
  dir.write('version.js', version('b'))
  await run.says('works on b')
  dir.write('version.js', version('c'))
  dir.write('go b', '')
  await run.says('done c')
})

for (const how of ['type stripping', 'tsx'] as const) {
  const skip = how === 'type stripping' && !STRIPS_TYPES && 'this Node cannot'
  test(`TypeScript by ${how}`, { skip }, async (t) => {
    const dir = appDir(t, '', {
      'app.ts': FOREIGN.replace('./version.js', './version.ts'),
      'version.ts': `${version('a')} as string`,
      'page.tsx': FOREIGN.replace('./version.js', './version.ts'),
    })
    // A file with JSX is what Node leaves to tsx.
    const entry = how === 'tsx' ? 'page.tsx' : 'app.ts'
    if (how === 'tsx') symlinkSync(join(REPOSITORY, 'node_modules/tsx'), dir.file('node_modules/tsx'), 'dir')
    const run = exit75(t, dir, [entry], WITHOUT_STANDBY)
    await run.says('serves a []')
    if (STRIPS_TYPES) {
      dir.write('version.ts', 'export const version: = 3')
      await run.says(/\[exit75\] version\.ts(:1)? does not parse/)
    }
    dir.write('version.ts', `${version('b')} as string`)
    await run.says(`serves b [ 'modified version.ts' ]`)
  })
}

test('TypeScript that nothing can run is a clear mistake', { skip: STRIPS_TYPES }, async (t) => {
  const run = exit75(t, appDir(t, '', { 'app.ts': '' }), ['app.ts'])
  assert.deepEqual(await run.ended, { code: 2, signal: null })
  assert.match(
    run.output(),
    /^\[exit75\] app\.ts is TypeScript, which Node \S+ does not run by itself: .*\n$/,
  )
})

const SHOW = `
import { version } from './version.js'
console.log('runs', version, process.execArgv, process.argv.slice(2), process.title)
setInterval(() => {}, 1000)`

test('flags for Node, and arguments with blanks and dashes; --inspect is for the program, in each generation', async (t) => {
  const dir = appDir(t, SHOW)
  const args = ['an argument', '--watch', '-x', '--', '', '*']
  const flags = ['--no-warnings', '--inspect=0', '--title', 'my app']
  const run = exit75(t, dir, ['--log', 'info', 'node', ...flags, 'app.js', ...args])
  for (const [at, now] of ['a', 'b'].entries()) {
    if (at > 0) dir.write('version.js', version(now))
    await run.says(/^Debugger listening on ws:/)
    await run.says(
      new RegExp(
        `^runs ${now} \\[ '--no-warnings', '--inspect=0', '--title', 'my app' \\] \\[ 'an argument', '--watch', '-x', '--', '', '\\*' \\] my app\\n`,
      ),
    )
  }
  assert.equal(run.count('Debugger listening'), 2)
})

test('a program with a first line for Node', async (t) => {
  const dir = appDir(t, SHOW, { 'my tool': `#!/usr/bin/env -S node --no-warnings\n${SHOW}` })
  chmodSync(dir.file('my tool'), 0o755)
  const run = exit75(t, dir, ['./my tool', 'a'], WITHOUT_STANDBY)
  await run.says(`runs a [ '--no-warnings' ] [ 'a' ]`)
})

test('a busy loop, without a listener and with one that is never called; EXIT75_STANDBY=0: nothing is kept ready', async (t) => {
  const dir = appDir(
    t,
    `import { version } from './version.js'
    if (version === 'b') process.on('SIGTERM', () => {})
    console.log('busy', version)
    for (;;) {}`,
  )
  const run = exit75(t, dir, ['--log', 'debug', '--kill-timeout', '1000', 'app.js'], WITHOUT_STANDBY)
  for (const [now, next] of ['ab', 'bc']) {
    await run.says(`busy ${now}`)
    dir.write('version.js', version(next as string))
  }
  await run.says('busy c')
  assert.equal(run.count(/standby \d+/), 0)
  run.signal('SIGINT')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGINT' })
})

/** Takes the socket that it is given as systemd would give it, and without exit75. */
const ACTIVATED = `
import net from 'node:net'
import { version } from './version.js'
const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES } = process.env
if (LISTEN_PID !== String(process.pid)) throw new Error('sockets for ' + LISTEN_PID + ', not for ' + process.pid)
const server = net.createServer((socket) => socket.end(version))
server.listen({ fd: 3 }, () => console.log('serves', version, LISTEN_FDS, LISTEN_FDNAMES, server.address().port))`

for (const [what, words] of [
  ['a Node program', ['app.js']],
  ['a command', ['--watch', '.', '--', 'env', 'node', 'app.js']],
  ['a shell line', ['--', 'true; exec node app.js']],
] as const) {
  test(`--listen with a server that knows systemd alone: ${what}`, async (t) => {
    const dir = appDir(t, ACTIVATED)
    const run = exit75(t, dir, ['--listen', '127.0.0.1:0', ...words], WITHOUT_STANDBY)
    const [, port] = await run.says(/^serves a 1 \S* (\d+)\n/)
    assert.equal(await asked(Number(port)), 'a')
    if (what === 'a shell line') return
    dir.write('version.js', version('b'))
    // The one that ends may do so between the connection and its answer.
    assert.match(await asked(Number(port)).catch(ofReset), /^[ab]?$/)
    await run.says(new RegExp(`^serves b 1 \\S* ${port}\\n`))
    assert.equal(await asked(Number(port)), 'b')
  })
}

/** Of a connection whose server ended: it had not answered. */
function ofReset(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNRESET') return ''
  throw error
}

const READER = `
import { version } from './version.js'
process.stdin.setEncoding('utf8').on('data', (text) => console.log('read', text.trim())).on('end', () => console.log('nothing to read'))
setInterval(() => {}, 1000)
console.log('serves', version, process.pid)`

test('at a terminal', async (t) => {
  const dir = appDir(t, READER, { 'crash.js': 'console.log("crashes"); process.exit(4)' })
  const shell = await terminal(t, { cwd: dir.path, env: { CLI, ...WITHOUT_STANDBY.env } })
  // Said by another process: it may come before what the program says.
  const explained = (text: string, times = 1) =>
    until(text, shell.output, () => shell.output().split(`[exit75] ${text}`).length - 1 === times)

  await t.test('--keys: a Node program reads nothing, and does as it is told', async () => {
    shell.enter('$NODE $CLI --keys app.js')
    await explained('type rs to restart')
    const [, first] = await shell.says(/^serves a (\d+)/)
    await shell.says('nothing to read')
    shell.type('ch\n')
    await shell.says('[exit75] nothing has changed yet')
    dir.write('version.js', version('b'))
    const [, second] = await shell.says(/^serves b (\d+)/)
    shell.type('ch\n')
    await shell.says('[exit75] modified version.js')
    shell.type('rs\n')
    const [, third] = await shell.says(/^serves b (\d+)/)
    await explained('rs · restarted in')
    assert.equal(new Set([first, second, third]).size, 3)
    shell.type('ch\n') // for this restart nothing did
    await shell.says('[exit75] modified version.js')
    shell.type('p\n')
    await shell.says(/\[exit75\] parent \d+ · up [\d.]+ m?s$/) // not as long as the machine
    await shell.says(new RegExp(`\\[exit75\\] child ${third} · up`))
    shell.type('?\n')
    await shell.says('[exit75] type rs to restart')
    shell.type('quit\n')
    await shell.says('[exit75] "quit" is not a command · ? for help')
    shell.type('q\n')
    assert.equal(await shell.prompt(), 143)
    assert.equal(shell.count('read'), 0)
    assert.equal(isAlive(Number(third)), false)
  })

  await t.test('--keys: a command as well', async () => {
    shell.enter(`$NODE $CLI --keys 'echo "command $$"; read -r word && echo "read $word"; exec sleep 1000'`)
    const [, first] = await shell.says(/^command (\d+)/)
    shell.type('rs\n')
    const [, second] = await shell.says(/^command (\d+)/)
    assert.notEqual(first, second)
    await explained('rs · restarted in', 2)
    shell.type('q\n')
    assert.equal(await shell.prompt(), 143)
    assert.equal(shell.count('read'), 0)
    assert.equal(isAlive(Number(second)), false)
  })

  await t.test('--keys while nothing runs: rs launches, q ends', async () => {
    shell.enter('$NODE $CLI --keys crash.js')
    await shell.says(/waiting for a change/)
    shell.type('rs\n')
    await shell.says(/waiting for a change/)
    assert.equal(shell.count('crashes'), 2)
    shell.type('q\n')
    assert.equal(await shell.prompt(), 143)
  })

  await t.test('without --keys a Node program reads what is typed, in each generation', async () => {
    shell.enter('$NODE $CLI app.js')
    await shell.says('serves b')
    shell.type('rs\n')
    await shell.says('read rs')
    dir.write('version.js', version('c'))
    await shell.says('serves c')
    shell.type('two\n')
    await shell.says('read two')
    shell.type(CTRL_C)
    assert.equal(await shell.prompt(), 130)
  })
})
