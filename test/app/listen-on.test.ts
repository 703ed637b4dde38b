/** systemd's protocol (sd_listen_fds(3)), both ways: to the app, and to the parent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked } from '../helpers/listeners.ts'
import { descendants, type Run, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** Binds and listens, then becomes the service by way of a shell, which alone knows the pid. */
const SYSTEMD = `
import { spawnSync } from 'node:child_process'
import net from 'node:net'
const first = net.createServer().listen(0, '127.0.0.1', () => {
  const second = net.createServer().listen('systemd.sock', () => {
    const pid = process.env.WRONG_PID ?? '$$'
    const command = 'LISTEN_PID=' + pid + ' LISTEN_FDS=2 LISTEN_FDNAMES=web:control exec "$0" app.mjs'
    const env = { ...process.env, PORT: String(first.address().port) }
    // Blocks: this process does not accept either.
    const stdio = ['inherit', 'inherit', 'inherit', first._handle.fd, second._handle.fd]
    process.exit(spawnSync('sh', ['-c', command, process.execPath], { env, stdio }).status ?? 1)
  })
})`

const APP = `
import net from 'node:net'
import { PARENT, drain, generation, launchChild, listenOn, onRestart } from 'exit75'
const port = Number(process.env.PORT)
async function main() {
  const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES } = process.env
  console.log('env', LISTEN_FDS, LISTEN_PID === String(process.pid) ? 'own pid' : LISTEN_PID, LISTEN_FDNAMES)
  console.log('found', ...[port, { port, host: '127.0.0.1' }, 'systemd.sock', 1].map((where) => JSON.stringify(listenOn(where))))
  const answer = (socket) => socket.once('data', () => socket.end(String(generation)))
  const servers = [port, 'systemd.sock'].map((where) => net.createServer(answer).listen(listenOn(where)))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.on('listening', resolve))))
  console.log('ready', generation, port)
  onRestart(() => Promise.all(servers.map(drain)))
}
if (PARENT) launchChild({ listen: process.env.NOTHING ? [] : [port, 'systemd.sock'] })
else await main()`

const FILES = { 'systemd.mjs': SYSTEMD, 'app.mjs': APP }

const serve = (t: Test, dir: TempDir, env = {}): Run =>
  start(t, ['systemd.mjs'], { cwd: dir.path, env: { LISTEN_PID: '', ...env } })

const FOUND = 'found {"fd":3} {"fd":3} {"fd":4} {"port":1}'

test('with EXIT75=off the app finds the sockets that systemd passed', async (t) => {
  const dir = tempDir(t, FILES)
  const service = serve(t, dir, { EXIT75: 'off' })
  await service.says('env 2 own pid web:control')
  await service.says(FOUND)
  const [, port] = await service.says(/ready 0 (\d+)/)
  assert.equal(await asked(Number(port)), '0')
  assert.equal(await asked(dir.file('systemd.sock')), '0')
})

test('what was meant for another process is left alone', async (t) => {
  const dir = tempDir(t, FILES)
  const service = serve(t, dir, { EXIT75: 'off', WRONG_PID: '1' })
  await service.says(
    /found \{"port":\d+\} \{"port":\d+,"host":"127.0.0.1"\} \{"path":"systemd.sock"\} \{"port":1\}/,
  )
})

for (const [what, env] of [
  ['that it is to listen on', {}],
  ['although the option does not name them', { NOTHING: '1' }],
] as const) {
  test(`the parent passes on to each child the sockets that systemd passed to it, ${what}`, async (t) => {
    const dir = tempDir(t, FILES)
    const service = serve(t, dir, env)
    for (let generation = 1; generation <= 3; generation += 1) {
      await service.says('env 2 own pid web:control')
      await service.says(FOUND)
      const [, port] = await service.says(new RegExp(`ready ${generation} (\\d+)`))
      assert.equal(await asked(Number(port)), String(generation))
      assert.equal(await asked(dir.file('systemd.sock')), String(generation))
      process.kill(descendants(service.pid).at(-1) as number, 'SIGUSR2') // the service itself
    }
  })
}

test('children of any parent see the same protocol', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { fstatSync } from 'node:fs'
      import { spawnSync } from 'node:child_process'
      import { PARENT, generation, launchChild } from 'exit75'
      if (PARENT) launchChild({ listen: [0, 'app.sock'] })
      else {
        const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES } = process.env
        console.log('env', LISTEN_FDS, LISTEN_PID === String(process.pid), LISTEN_FDNAMES, [3, 4].map((fd) => fstatSync(fd).isSocket()))
        // A program that the app starts inherits the variables, and knows by the pid that they are not for it.
        const inner = "import('exit75').then(({ listenOn }) => console.log('inner', JSON.stringify(listenOn('app.sock'))))"
        spawnSync(process.execPath, ['-e', inner], { stdio: 'inherit' })
        process.exit(generation === 2 ? 0 : 75)
      }`,
  })
  const parent = start(t, ['app.mjs'], { cwd: dir.path })
  await parent.ended
  assert.equal(parent.count('env 2 true exit75:exit75 [ true, true ]'), 2, parent.output())
  assert.equal(parent.count('inner {"path":"app.sock"}'), 2)
})

test('an address that the parent does not hold is used as it is', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild, listenOn } from 'exit75'
      if (PARENT) launchChild({ listen: [0] })
      else console.log(...[3000, { port: 1, host: 'h' }, '/s'].map((where) => JSON.stringify(listenOn(where))))`,
  })
  await start(t, ['app.mjs'], { cwd: dir.path }).says('{"port":3000} {"port":1,"host":"h"} {"path":"/s"}')
})

for (const [what, env] of [
  ['of another process', { LISTEN_FDS: '1', LISTEN_PID: '1' }],
  ['of more than there can be', { LISTEN_FDS: '5000000000', LISTEN_PID: '1' }],
  ['without a process', { LISTEN_FDS: '1' }],
] as const) {
  test(`variables of socket activation ${what} stay as they are, and are no sockets`, async (t) => {
    const dir = tempDir(t, {
      'app.mjs': `
        import { PARENT, launchChild, listenOn } from 'exit75'
        if (PARENT) launchChild()
        else console.log(JSON.stringify([process.env.LISTEN_FDS, process.env.LISTEN_PID ?? null, listenOn(1)]))`,
    })
    const run = start(t, ['app.mjs'], { cwd: dir.path, env })
    assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
    const { LISTEN_FDS, LISTEN_PID = null } = env as { LISTEN_FDS: string; LISTEN_PID?: string }
    assert.deepEqual(JSON.parse(run.output()), [LISTEN_FDS, LISTEN_PID, { port: 1 }])
  })
}

test('as many sockets are told as are open, however many the variables promise', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { listenOn } from 'exit75'
      process.env.LISTEN_PID = process.pid
      for (process.env.LISTEN_FDS of ['100000000', '5000000000', '-1', '1.5', 'x']) console.log(JSON.stringify(listenOn(1)))`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75: 'off' } })
  assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
  assert.equal(run.count('{"port":1}'), 5, run.output())
})
