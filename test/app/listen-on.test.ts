/** systemd's protocol (sd_listen_fds(3)), both ways: to the app, and to the parent. */
import assert from 'node:assert/strict'
import { fstatSync } from 'node:fs'
import { test } from 'node:test'
import { FIRST_SOCKET } from '../../src/protocol/address.ts'
import { inheritedSockets } from '../../src/system/systemd.ts'
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
    const command = 'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=web:control exec "$0" app.mjs'
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
if (PARENT) launchChild({ listen: [port] })
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

test('with EXIT75=off a program that listens elsewhere than systemd is told so, once', async (t) => {
  const app = `import { createServer } from 'node:net'
    import { listenOn } from 'exit75'
    for (const _ of [1, 2]) createServer().listen(listenOn({ port: 0 }))`
  const dir = tempDir(t, { ...FILES, 'app.mjs': app })
  const service = serve(t, dir, { EXIT75: 'off' })
  await service.says('[exit75] listenOn({ port: 0 }): systemd has passed no socket of this address,')
  assert.equal(service.count(/systemd has passed/), 1, service.output())
})

test('the parent passes on to each child the sockets that systemd passed to it, whether the option names them or not', async (t) => {
  const dir = tempDir(t, FILES)
  const service = serve(t, dir, { EXIT75_STANDBY: '0' })
  for (let generation = 1; generation <= 2; generation += 1) {
    await service.says('env 2 own pid web:control')
    await service.says(FOUND)
    const [, port] = await service.says(new RegExp(`ready ${generation} (\\d+)`))
    assert.equal(await asked(Number(port)), String(generation))
    assert.equal(await asked(dir.file('systemd.sock')), String(generation))
    process.kill(descendants(service.pid).at(-1) as number, 'SIGUSR2') // the service itself
  }
})

test('children of any parent see the same protocol, and an address that it does not hold is used as it is', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { fstatSync } from 'node:fs'
      import { spawnSync } from 'node:child_process'
      import { PARENT, launchChild, listenOn } from 'exit75'
      if (PARENT) launchChild({ listen: [0, 'app.sock'] })
      else {
        const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES } = process.env
        console.log('env', LISTEN_FDS, LISTEN_PID === String(process.pid), LISTEN_FDNAMES, [3, 4].map((fd) => fstatSync(fd).isSocket()))
        console.log(...[3000, { port: 1, host: 'h' }, '/s'].map((where) => JSON.stringify(listenOn(where))))
        // A program that the app starts inherits the variables, and knows by the pid that they are not for it.
        const inner = "import('exit75').then(({ listenOn }) => console.log('inner', JSON.stringify(listenOn('app.sock'))))"
        spawnSync(process.execPath, ['-e', inner], { stdio: 'inherit' })
        process.exit(0)
      }`,
  })
  const parent = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  await parent.says('env 2 true exit75:exit75 [ true, true ]')
  await parent.says('{"port":3000} {"port":1,"host":"h"} {"path":"/s"}')
  await parent.says('inner {"path":"app.sock"}')
  assert.deepEqual(await parent.ended, { code: 0, signal: null })
})

test('variables of socket activation that are for nobody reach the app as they are, and are not sockets', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild, listenOn } from 'exit75'
      if (PARENT) launchChild()
      else console.log(JSON.stringify([process.env.LISTEN_FDS, process.env.LISTEN_PID ?? null, listenOn(1)]))`,
  })
  const env = { LISTEN_FDS: '5000000000', LISTEN_PID: '1', EXIT75_STANDBY: '0' }
  const run = start(t, ['app.mjs'], { cwd: dir.path, env })
  assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
  assert.deepEqual(
    JSON.parse(
      run
        .output()
        .split('\n')
        .find((line) => line.startsWith('["')) ?? '',
    ),
    ['5000000000', '1', { port: 1 }],
  )
})

const OWN = String(process.pid)
const socketsAt = (from: number): number => {
  let fd = from
  while (isSocket(fd)) fd += 1
  return fd - from
}

for (const [what, env] of [
  ['without a process', { LISTEN_FDS: '1' }],
  ['of another process', { LISTEN_FDS: '1', LISTEN_PID: '1' }],
  ['none', { LISTEN_FDS: '0', LISTEN_PID: OWN }],
  ['fewer than none', { LISTEN_FDS: '-1', LISTEN_PID: OWN }],
  ['a half', { LISTEN_FDS: '1.5', LISTEN_PID: OWN }],
  ['no number', { LISTEN_FDS: 'x', LISTEN_PID: OWN }],
] as const)
  test(`no sockets: ${what}`, () => assert.deepEqual(inheritedSockets(env), []))

for (const count of ['100000000', '5000000000'])
  test(`as many sockets are told as are open, however many the variables promise: ${count}`, () => {
    const found = inheritedSockets({ LISTEN_FDS: count, LISTEN_PID: OWN })
    assert.equal(found.length, socketsAt(FIRST_SOCKET))
  })

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}
