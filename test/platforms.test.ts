/**
 * What other systems lack, taken away from this one. It shows that the code for them runs, not that
 * they behave as is assumed.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { endsClean } from './helpers/ending.ts'
import { asked } from './helpers/listeners.ts'
import { isAlive, start, startCommand } from './helpers/start.ts'
import { tempDir } from './helpers/temp-dir.ts'
import { terminal } from './helpers/terminal.ts'
import { until } from './helpers/until.ts'

const SERVER = (word: string) => `
  import { createServer } from 'node:net'
  import { generation, launchChild, listenOn, onRestart, PARENT, savedState, saveState } from 'exit75'
  if (PARENT) launchChild({ listen: [0] })
  else {
    const server = createServer((socket) => socket.end('${word}')).listen(listenOn(0), () =>
      console.log('generation', generation, savedState(), process.pid, 'on', server.address().port))
    onRestart(() => saveState('state of ' + generation))
  }`

/** Its own view of the mounts, with nothing in /proc: that is macOS. */
const NO_PROC = ['--mount', '--map-root-user', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh']
const canMount = spawnSync('unshare', [...NO_PROC, 'true']).status === 0

test('without /proc: launched, restarted with state and socket, and ended, nothing left', async (t) => {
  if (!canMount) return t.skip('unshare may not mount here')
  const dir = tempDir(t, { 'app.mjs': SERVER('one') })
  const run = startCommand(t, 'unshare', [...NO_PROC, process.execPath, 'app.mjs'], {
    cwd: dir.path,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'], // one of its readers wants to know how the channel writes
  })
  const [, port] = await run.says(/^generation 1 undefined \d+ on (\d+)$/)
  assert.equal(await asked(Number(port)), 'one')
  dir.write('app.mjs', SERVER('two'))
  const [, pid] = await run.says(new RegExp(`^generation 2 state of 1 (\\d+) on ${port}$`))
  assert.equal(await asked(Number(port)), 'two')
  assert.ok(isAlive(Number(pid)))
  assert.deepEqual(await endsClean(run, () => run.signal('SIGTERM')), { code: null, signal: 'SIGTERM' })
  assert.equal(run.count(/^(?!\[exit75\] app.mjs changed|generation)./), 0, run.output())
})

/** The same with ps(1), which needs here what is not there: it sees a /proc that is kept in another place. */
const WITH_PS = [
  ...NO_PROC.slice(0, 4),
  'mkdir real && mount --rbind /proc real && mount -t tmpfs none /proc && PATH="$PWD/bin:$PATH" exec "$@"',
  'sh',
]
const psWith = (proc: string) => `#!/bin/sh
exec unshare --mount sh -c 'mount --rbind "${proc}" /proc && exec /bin/ps "$@"' sh "$@"`

test('without /proc, ps tells what a program has started, and who has started us', async (t) => {
  if (!canMount) return t.skip('unshare may not mount here')
  const app = (word: string) => `
    import { spawn } from 'node:child_process'
    spawn('sleep', ['1000'], { stdio: 'ignore' }).once('spawn', function () { console.log('${word}', this.pid) })
    setInterval(() => {}, 1000)`
  const dir = tempDir(t, {
    'app.mjs': app('one'),
    'nodemon.js': `require('node:child_process').spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' })`,
  })
  dir.write('bin/ps', psWith(dir.file('real')))
  chmodSync(dir.file('bin/ps'), 0o755)
  const command = [dir.file('node_modules/exit75/dist/cli.cjs'), 'app.mjs']
  const run = startCommand(t, 'unshare', [...WITH_PS, process.execPath, 'nodemon.js', ...command], {
    cwd: dir.path,
  })
  const [, helper] = await run.says(/^one (\d+)$/)
  await run.says('[exit75] nodemon runs this program, too')
  dir.write('app.mjs', app('two'))
  await run.says('two')
  assert.equal(isAlive(Number(helper)), false, 'it was ended with the program that had started it')
})

for (const overlap of [false, true]) {
  test(`on Windows a socket is handed over by a pipe${overlap ? ', with overlap' : ''}: each child serves at the same port`, async (t) => {
    const server = (word: string) =>
      SERVER(word)
        .replace('socket.end', 'socket.resume().end')
        .replace('listen: [0]', `listen: [0], overlap: ${overlap}`)
        .replace('onRestart(', 'ready(); onRestart(() => drain(server)); onRestart(')
        .replace('import { generation', 'import { drain, ready, generation')
    const dir = tempDir(t, {
      'windows.mjs': "Object.defineProperty(process, 'platform', { value: 'win32' })",
      'app.mjs': server('one'),
    })
    const run = start(t, ['app.mjs'], {
      cwd: dir.path,
      flags: ['--import', './windows.mjs'],
      env: { TEMP: tmpdir() }, // where that system looks for it
    })
    const [, port] = await run.says(/^generation 1 undefined \d+ on (\d+)$/)
    for (const word of ['one', 'two', 'three']) {
      dir.write('app.mjs', server(word))
      await until(`${word} answers`, run.output, async () => (await asked(Number(port))) === word)
    }
  })
}

for (const [what, command] of [
  ['stty, as on Windows', 'PATH=/nowhere "$NODE" app.mjs'],
  ['/proc, as on macOS', `unshare ${NO_PROC.map((word) => `'${word}'`).join(' ')} "$NODE" app.mjs`],
] as const) {
  test(`in a terminal without ${what}: a crash, a restart, and the prompt is back`, async (t) => {
    if (command.startsWith('unshare') && !canMount) return t.skip('unshare may not mount here')
    const app = (word: string, end: string) => `
      import { launchChild, PARENT, shouldRestart } from 'exit75'
      if (PARENT) launchChild({ onCrash: 'wait' })
      else {
        console.log('${word}')
        setInterval(() => shouldRestart() && ${end}, 5)
      }`
    const dir = tempDir(t, { 'app.mjs': app('first', "process.kill(process.pid, 'SIGKILL')") })
    const shell = await terminal(t, { cwd: dir.path })
    shell.enter(`export EXIT75_LOG=debug; ${command}`)
    await shell.says('first')
    await shell.says(/\[exit75\].* standby \d+ is ready/) // it has booted: from now on a crash is one
    dir.write('app.mjs', app('second', 'process.exit(75)'))
    await shell.says('[exit75] the app was killed by SIGKILL')
    dir.write('app.mjs', app('third', 'process.exit(75)'))
    await shell.says('third')
    dir.write('app.mjs', app('last', 'process.exit(0)'))
    await shell.says('last')
    dir.write('app.mjs', app('never seen', 'true'))
    assert.equal(await shell.prompt(), 0)
    assert.doesNotMatch(shell.output(), /Error|ENOENT/)
  })
}
