import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, constants, existsSync, mkdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { test } from 'node:test'
import { CLI } from '../../helpers/cli.ts'
import { asked, freePort, waiting } from '../../helpers/listeners.ts'
import { descendants, isAlive, type Run, start, startCommand } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

/** Answers each connection with its generation, and restarts when one says so. */
const SERVER = `
  const server = net.createServer((socket) => socket.once('data', (word) => {
    socket.end(String(generation))
    if (String(word).startsWith('restart')) process.exit(75)
  }))`

/** `LISTEN` is what to listen on, as JSON. */
function app(t: Test, child = '', options = ''): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import net from 'node:net'
      import { PARENT, drain, generation, launchChild, listenOn, onRestart } from 'exit75'
      const where = JSON.parse(process.env.LISTEN)
      if (PARENT) launchChild({ listen: [where], ${options} })
      else {
        ${SERVER}
        ${child}
        server.listen(listenOn(where), () => console.log('ready', generation, server.address()?.port ?? 'path', process.pid))
        onRestart(() => drain(server))
      }`,
  })
}

const run = (t: Test, dir: TempDir, listen: unknown): Run =>
  start(t, ['app.mjs'], { cwd: dir.path, env: { LISTEN: JSON.stringify(listen) } })

const listening = (where: number | string): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .resume()
          .end('somebody else'),
    ).listen(where, () => resolve(server))
  })

for (const [what, where] of [
  ['a port', (port: number) => port],
  ['a port of one address', (port: number) => ({ port, host: '127.0.0.1' })],
  ['a port of a host that has a name', (port: number) => ({ port, host: 'localhost' })],
] as const) {
  test(`${what} is the same in each generation`, async (t) => {
    const port = await freePort()
    const parent = run(t, app(t), where(port))
    for (let generation = 1; generation <= 4; generation += 1) {
      await parent.says(`ready ${generation} ${port}`)
      assert.equal(await asked(port), String(generation))
      parent.signal('SIGUSR2')
    }
  })
}

test('port 0 is chosen once, and stays', async (t) => {
  const parent = run(t, app(t), 0)
  const [, port] = await parent.says(/ready 1 (\d+)/)
  for (let generation = 2; generation <= 4; generation += 1) {
    parent.signal('SIGUSR2')
    await parent.says(`ready ${generation} ${port}`)
    assert.equal(await asked(Number(port)), String(generation))
  }
})

test('a Unix socket keeps its file over restarts', async (t) => {
  const dir = app(t)
  const path = dir.file('app.sock')
  const parent = run(t, dir, path)
  await parent.says('ready 1 path')
  const { ino } = statSync(path)
  for (let generation = 2; generation <= 4; generation += 1) {
    parent.signal('SIGUSR2')
    await parent.says(`ready ${generation} path`)
    assert.equal(await asked(path), String(generation))
    assert.equal(statSync(path).ino, ino)
  }
})

for (const kind of ['port', 'path'] as const) {
  test(`a connection made while no child is alive waits, and the next answers it: ${kind}`, async (t) => {
    const dir = app(t, '', "standby: false, onCrash: 'wait'")
    const parent = run(t, dir, kind === 'port' ? 0 : dir.file('app.sock'))
    const [, port, pid] = await parent.says(/ready 1 (\w+) (\d+)/)
    process.kill(Number(pid), 'SIGKILL')
    await parent.says('[exit75] the app was killed by SIGKILL · waiting')
    assert.deepEqual(descendants(parent.pid), [])
    const answers = Promise.all(
      Array.from({ length: 20 }, () => asked(kind === 'port' ? Number(port) : dir.file('app.sock'))),
    )
    // The parent does not accept: they are all in the queue.
    if (kind === 'port') {
      await until('all wait', parent.output, () => waiting(Number(port)) === 20)
    }
    parent.signal('SIGUSR2')
    assert.deepEqual(new Set(await answers), new Set(['2']))
  })
}

for (const kind of ['port', 'path'] as const) {
  test(`a connection made before the first child listens waits, and nobody else can take the address: ${kind}`, async (t) => {
    const dir = app(
      t,
      "console.log('boots'); await new Promise((resolve) => process.stdin.once('data', resolve))",
    )
    const where = kind === 'port' ? await freePort() : dir.file('app.sock')
    const parent = run(t, dir, where)
    await parent.says('boots')
    const answer = asked(where)
    if (typeof where === 'number') {
      await until('it waits', parent.output, () => waiting(where) === 1)
      const other = createServer().listen(where)
      const [error] = await once(other, 'error')
      assert.equal(error.code, 'EADDRINUSE')
    }
    parent.type('go\n')
    assert.equal(await answer, '1')
  })
}

for (const [what, take] of [
  ['is removed', unlinkSync],
  [
    'is replaced by one that nobody holds',
    (path: string) => {
      unlinkSync(path)
      const code =
        "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))"
      spawnSync(process.execPath, ['-e', code, path])
    },
  ],
] as const) {
  test(`a socket whose file ${what} is bound anew for the next child, with one line`, async (t) => {
    const dir = app(t)
    const path = dir.file('app.sock')
    const parent = run(t, dir, path)
    await parent.says('ready 1 path')
    take(path)
    parent.signal('SIGUSR2')
    await parent.says('ready 2 path')
    assert.equal(await asked(path), '2')
    assert.equal(parent.count(/^\[exit75\] the socket file .* was gone · bound again$/), 1, parent.output())
    parent.signal('SIGUSR2')
    await parent.says('ready 3 path')
    assert.equal(await asked(path), '3')
    parent.signal('SIGTERM')
    await parent.ended
    assert.ok(!existsSync(path))
  })
}

test('one that another program listens on now stays, and one line says so', async (t) => {
  const dir = app(t)
  const path = dir.file('app.sock')
  const parent = run(t, dir, path)
  await parent.says('ready 1 path')
  unlinkSync(path)
  const other = await listening(path)
  t.after(() => void other.close())
  for (let generation = 2; generation <= 3; generation += 1) {
    parent.signal('SIGUSR2')
    await parent.says(`ready ${generation} path`)
  }
  assert.equal(await asked(path), 'somebody else')
  assert.equal(parent.count(/^\[exit75\] .*app.sock belongs to another program now$/), 1, parent.output())
})

test('an app that removes the file before it listens can be reached in each generation', async (t) => {
  const dir = app(t, "const { rmSync } = await import('node:fs'); rmSync(where, { force: true })")
  const path = dir.file('app.sock')
  const parent = run(t, dir, path)
  for (let generation = 1; generation <= 3; generation += 1) {
    await parent.says(`ready ${generation} path`)
    assert.equal(await asked(path), String(generation))
    parent.signal('SIGUSR2')
  }
})

test('a command finds its socket listening and blocking, in each generation', async (t) => {
  const dir = tempDir(t, { 'flags.sh': 'grep flags /proc/self/fdinfo/3; read -r _\n' })
  const port = await freePort()
  const command = startCommand(
    t,
    process.execPath,
    [CLI, '--listen', String(port), '--watch', 'flags.sh', 'sh', 'flags.sh'],
    { cwd: dir.path },
  )
  for (let generation = 1; generation <= 2; generation += 1) {
    const [, flags = ''] = await command.says(/^flags:\s+(\d+)/)
    assert.equal(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0)
    assert.equal(waiting(port), 0)
    command.signal('SIGUSR2')
  }
})

test('several sockets, in any order', async (t) => {
  const one = await freePort()
  let other = one
  while (other === one) other = await freePort()
  const ports = [one, other]
  const dir = tempDir(t, {
    'app.mjs': `
      import net from 'node:net'
      import { PARENT, generation, launchChild, listenOn } from 'exit75'
      const all = ${JSON.stringify(ports)}
      if (PARENT) launchChild({ listen: [...all, './app.sock'] })
      else for (const where of ['./app.sock', ...all.toReversed()])
        net.createServer((socket) => socket.resume().end(where + ' ' + generation)).listen(listenOn(where), () => console.log('ready', where))`,
  })
  const parent = start(t, ['app.mjs'], { cwd: dir.path })
  await parent.says(`ready ${ports[0]}`) // the last
  for (const port of ports) assert.equal(await asked(port), `${port} 1`)
  assert.equal(await asked(dir.file('app.sock')), './app.sock 1')
})

/** Starts what must fail before any child starts, with one error. */
async function refused(parent: Run): Promise<string> {
  const { code } = await parent.ended
  assert.equal(code, 1, parent.output())
  assert.equal(parent.count('ready'), 0)
  const lines = parent.output().match(/^Error: .*$/gm) ?? []
  assert.equal(lines.length, 1, parent.output())
  return String(lines[0]).replace('Error: launchChild(): cannot listen on ', '')
}

test('a port in use', async (t) => {
  const other = await listening(0)
  t.after(() => void other.close())
  const { port } = other.address() as { port: number }
  const advice = 'another program listens there. Stop it, or choose another address (EADDRINUSE)'
  assert.equal(await refused(run(t, app(t), port)), `port ${port}: ${advice}`)
  const here = { port, host: '127.0.0.1' }
  assert.equal(await refused(run(t, app(t), here)), `127.0.0.1:${port}: ${advice}`)
})

test('a host that does not exist, and one that is not this machine', async (t) => {
  const dir = app(t)
  assert.equal(
    await refused(run(t, dir, { port: 3000, host: 'no.such.host.invalid' })),
    'no.such.host.invalid:3000: there is no such host',
  )
  assert.equal(
    await refused(run(t, dir, { port: 3000, host: '192.0.2.75' })),
    '192.0.2.75:3000: this machine has no such address (EADDRNOTAVAIL)',
  )
})

test('a missing directory, and a file that is no socket', async (t) => {
  const dir = app(t)
  assert.equal(
    await refused(run(t, dir, dir.file('no/app.sock'))),
    `${dir.file('no/app.sock')}: the directory does not exist (ENOENT)`,
  )
  writeFileSync(dir.file('file'), 'precious')
  assert.equal(
    await refused(run(t, dir, dir.file('file'))),
    `${dir.file('file')}: there is a file that is not a socket`,
  )
  assert.ok(existsSync(dir.file('file')))
})

const isRoot = process.getuid?.() === 0

test('what this user may not', { skip: !isRoot && 'needs root, to be somebody else' }, async (t) => {
  const dir = app(t)
  chmodSync(dir.path, 0o755)
  mkdirSync(dir.file('closed'), { mode: 0o700 })
  const asNobody = (listen: unknown) =>
    startCommand(
      t,
      'setpriv',
      // Without network rights; in a namespace where low ports are for the mighty, as everywhere.
      [
        '--reuid=65534',
        '--clear-groups',
        '--bounding-set=-all',
        '--inh-caps=-all',
        process.execPath,
        'app.mjs',
      ],
      { cwd: dir.path, env: { LISTEN: JSON.stringify(listen) } },
    )
  const advice = 'permission denied. Choose a port from 1024 on, or another path (EACCES)'
  assert.equal(
    await refused(asNobody(dir.file('closed/app.sock'))),
    `${dir.file('closed/app.sock')}: ${advice}`,
  )
  assert.equal(await refused(asNobody(75)), `port 75: ${advice}`)
})

test('a socket that somebody answers on is refused, and stays', async (t) => {
  const dir = app(t)
  const path = dir.file('app.sock')
  const other = await listening(path)
  t.after(() => void other.close())
  assert.match(await refused(run(t, dir, path)), /another program listens there/)
  assert.equal(await asked(path), 'somebody else')
})

test('a socket of another parent is refused, and stays, also before its first child listens', async (t) => {
  const dir = app(
    t,
    "console.log('boots'); await new Promise((resolve) => process.stdin.once('data', resolve))",
  )
  const path = dir.file('app.sock')
  const first = run(t, dir, path)
  await first.says('boots')
  const { ino } = statSync(path)
  for (const name of [path, './app.sock'])
    assert.match(await refused(run(t, dir, name)), /another program listens there/)
  assert.equal(statSync(path).ino, ino)
  first.type('go\n')
  await first.says('ready 1 path')
  assert.equal(await asked(path), '1')
})

test('one that nobody answers on is replaced', async (t) => {
  const dir = app(t)
  const path = dir.file('app.sock')
  const dead = start(
    t,
    ['-e', "require('net').createServer().listen('app.sock', () => process.kill(process.pid, 'SIGKILL'))"],
    {
      cwd: dir.path,
    },
  )
  await dead.ended
  assert.ok(existsSync(path))
  await run(t, dir, path).says('ready 1')
  assert.equal(await asked(path), '1')
})

for (const [what, child, options, act] of [
  ['exits', "process.stdin.once('data', () => process.exit(3))", '', (p: Run) => p.type('go\n')],
  ['crashes', "process.stdin.once('data', () => nonsense())", '', (p: Run) => p.type('go\n')],
  ['is sent SIGTERM', '', '', (p: Run) => p.signal('SIGTERM')],
  ['is sent SIGINT', '', '', (p: Run) => p.signal('SIGINT')],
  ['is killed (the parent)', '', '', (p: Run) => p.signal('SIGKILL')],
  [
    'exits from a callback of the parent',
    "process.stdin.once('data', () => process.exit(75))",
    'onRestart: () => process.exit(4)',
    (p: Run) => p.type('go\n'),
  ],
] as const) {
  test(`the file of a socket is gone when the program ${what}`, async (t) => {
    const dir = app(t, child, options)
    const path = dir.file('app.sock')
    const parent = run(t, dir, path)
    const [, pid] = await parent.says(/ready 1 path (\d+)/)
    assert.ok(existsSync(path))
    act(parent)
    await parent.ended
    await until('the child is gone', parent.output, () => !isAlive(Number(pid)))
    assert.ok(!existsSync(path))
  })

  test(`but not that of somebody who has taken its place: ${what}`, async (t) => {
    const dir = app(t, child, options)
    const path = dir.file('app.sock')
    const parent = run(t, dir, path)
    const [, pid] = await parent.says(/ready 1 path (\d+)/)
    unlinkSync(path)
    const other = await listening(path)
    t.after(() => void other.close())
    act(parent)
    await parent.ended
    await until('the child is gone', parent.output, () => !isAlive(Number(pid)))
    assert.equal(await asked(path), 'somebody else')
  })
}

test('with exit: false nobody listens any more afterwards', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import net from 'node:net'
      import { PARENT, launchChild, listenOn } from 'exit75'
      if (!PARENT) net.createServer().listen(listenOn(0), function () { console.log('port', this.address().port); process.exit(0) })
      else {
        await launchChild({ listen: [0], exit: false })
        console.log('over')
        process.stdin.resume()
      }`,
  })
  const parent = start(t, ['app.mjs'], { cwd: dir.path })
  const [, port] = await parent.says(/port (\d+)/)
  await parent.says('over')
  await assert.rejects(asked(Number(port)), { code: 'ECONNREFUSED' })
})
