/** Which addresses can be had, and what is said of those that cannot: in memory. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { bindPath, bindPort } from '../../../src/parent/held/bind.ts'
import { bindSockets } from '../../../src/parent/held/sockets.ts'
import type { ListenAddress } from '../../../src/protocol/address.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { abandonedSocket } from './abandoned-socket.ts'

const IN_USE = 'another program listens there. Stop it, or choose another address (EADDRINUSE)'
const MAY_NOT = 'permission denied. Choose a port from 1024 on, or another path (EACCES)'

async function refused(address: ListenAddress, before: readonly ListenAddress[] = []): Promise<string> {
  const error = await bindSockets([...before, address]).then(
    (sockets) => sockets.close(),
    (reason: Error) => reason,
  )
  assert.ok(error instanceof Error, `${JSON.stringify(address)} is refused`)
  return error.message.replace('launchChild(): cannot listen on ', '')
}

test('a port in use, by whatever address', async (t) => {
  const other = createServer().listen(0)
  await once(other, 'listening')
  t.after(() => void other.close())
  const { port } = other.address() as AddressInfo
  assert.equal(await refused(port), `port ${port}: ${IN_USE}`)
  assert.equal(await refused({ port, host: '127.0.0.1' }), `127.0.0.1:${port}: ${IN_USE}`)
})

test('two addresses of one list that overlap are both named, and no other program is looked for', async () => {
  const free = createServer().listen(0)
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  const says = (both: string) => `${both}: they overlap. A port alone stands for all addresses (EADDRINUSE)`
  const [all, one, v4, v6] = ['', '127.0.0.1', '0.0.0.0', '::'].map((host) => (host ? { port, host } : port))
  assert.equal(
    await refused(one as ListenAddress, [all as number]),
    says(`127.0.0.1:${port} beside port ${port}`),
  )
  assert.equal(
    await refused(v6 as ListenAddress, [v4 as ListenAddress]),
    says(`[::]:${port} beside 0.0.0.0:${port}`),
  )
})

test('a port that this process holds already, and listens on without accepting', async () => {
  const handle = await bindPort({ port: 0, host: '127.0.0.1' })
  const bound: { port?: number } = {}
  handle.getsockname(bound)
  const { port = 0 } = bound
  assert.equal(await refused({ port, host: '127.0.0.1' }), `127.0.0.1:${port}: ${IN_USE}`)
  handle.close()
})

for (const [what, address, says] of [
  [
    'a host that does not exist',
    { port: 3000, host: 'no.such.host.invalid' },
    'no.such.host.invalid:3000: there is no such host',
  ],
  [
    'a host that is not this machine',
    { port: 3000, host: '192.0.2.75' },
    '192.0.2.75:3000: this machine has no such address (EADDRNOTAVAIL)',
  ],
] as const) {
  test(what, async () => assert.equal(await refused(address), says))
}

test('a missing directory, and a file that is not a socket', async (t) => {
  const dir = tempDir(t, { file: 'precious' })
  const missing = dir.file('no/app.sock')
  assert.equal(await refused(missing), `${missing}: the directory does not exist (ENOENT)`)
  assert.equal(await refused(dir.file('file')), `${dir.file('file')}: there is a file that is not a socket`)
  assert.ok(existsSync(dir.file('file')))
})

test('a link is followed, unless it leads nowhere', async (t) => {
  const dir = tempDir(t, {})
  const link = dir.file('link.sock')
  symlinkSync('missing.sock', link)
  assert.equal(await refused(link), `${link}: there is a broken symbolic link`)
  await abandonedSocket(dir.file('missing.sock'))
  ;(await bindPath(link)).close()
})

test('what this user may not', {
  skip: process.getuid?.() !== 0 && 'needs root, to be somebody else',
}, async (t) => {
  const dir = tempDir(t, {})
  chmodSync(dir.path, 0o755)
  mkdirSync(dir.file('closed'), { mode: 0o700 })
  const closed = dir.file('closed/app.sock')
  process.seteuid?.(65534)
  try {
    assert.equal(await refused(closed), `${closed}: ${MAY_NOT}`)
    assert.equal(await refused(75), `port 75: ${MAY_NOT}`)
  } finally {
    process.seteuid?.(0)
  }
})

test('a socket that somebody answers on is refused, and stays', async (t) => {
  const path = tempDir(t, {}).file('app.sock')
  const other = createServer().listen(path)
  await once(other, 'listening')
  t.after(() => void other.close())
  const { ino } = statSync(path)
  assert.equal(await refused(path), `${path}: ${IN_USE}`)
  assert.equal(statSync(path).ino, ino)
})

test('a socket that another parent holds is refused by any name of it, and stays, before anybody accepts', async (t) => {
  const dir = tempDir(t, {})
  const path = dir.file('app.sock')
  const held = await bindPath(path)
  const { ino } = statSync(path)
  const before = process.cwd()
  process.chdir(dir.path)
  try {
    for (const name of [path, './app.sock']) assert.equal(await refused(name), `${name}: ${IN_USE}`)
  } finally {
    process.chdir(before)
  }
  assert.equal(statSync(path).ino, ino)
  held.close()
})

test('one that nobody answers on is replaced', async (t) => {
  const path = tempDir(t, {}).file('app.sock')
  await abandonedSocket(path)
  const sockets = await bindSockets([path])
  const client = connect(path)
  await once(client, 'connect')
  client.destroy()
  sockets.close()
  assert.ok(!existsSync(path))
})

test('where one of several cannot be had, none is kept', async (t) => {
  const dir = tempDir(t, { file: 'precious' })
  await assert.rejects(bindSockets([dir.file('app.sock'), dir.file('file')]), /not a socket/)
  assert.ok(!existsSync(dir.file('app.sock')))
})
