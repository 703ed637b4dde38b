/** Listening sockets outlive the children; what can be decided without one is in bind.test.ts. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants, existsSync, mkdirSync, renameSync, statSync, symlinkSync, unlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { test } from 'node:test'
import { CLI } from '../../helpers/cli.ts'
import { inTurn } from '../../helpers/in-turn.ts'
import { asked, freePort, waiting } from '../../helpers/listeners.ts'
import { descendants, type Run, start, startCommand } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'
import { abandonedSocket } from './abandoned-socket.ts'

type Test = Parameters<typeof tempDir>[0]

/** Serves on all of `LISTEN` (JSON), in the other order; each connection is answered with the generation. */
function app(t: Test, child = '', options = ''): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { existsSync, rmSync } from 'node:fs'
      import net from 'node:net'
      import { PARENT, drain, generation, launchChild, listenOn, onRestart } from 'exit75'
      const listen = JSON.parse(process.env.LISTEN)
      if (PARENT) launchChild({ listen, ${options} })
      else {
        ${child}
        const servers = listen.map(() => net.createServer((socket) => socket.once('data', () => socket.end(String(generation)))))
        const at = await Promise.all(listen.toReversed().map((where, place) => new Promise((resolve) =>
          servers[place].listen(listenOn(where), () => resolve(servers[place].address()?.port ?? where)))))
        console.log('ready', generation, process.pid, at.toReversed().join(' '))
        onRestart(() => Promise.all(servers.map((server) => drain(server))))
      }`,
  })
}

const run = (t: Test, dir: TempDir, listen: readonly unknown[]): Run =>
  start(t, ['app.mjs'], {
    cwd: dir.path,
    env: { LISTEN: JSON.stringify(listen), EXIT75_STANDBY: '0' },
  })

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

/** So many different ones. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

test('ports, hosts and files are the same in each generation, in any order', async (t) => {
  const dir = app(t)
  const [one = 0, local = 0, named = 0] = await freePorts(3)
  const path = dir.file('app.sock')
  const parent = run(t, dir, [
    one,
    { port: local, host: '127.0.0.1' },
    { port: named, host: 'localhost' },
    0,
    path,
    './relative.sock',
  ])
  const [, places = '', chosen = ''] = await parent.says(/^ready 1 \d+ ((?:\d+ ){3}(\d+) .*)\n/)
  assert.equal(places, `${one} ${local} ${named} ${chosen} ${path} ./relative.sock`)
  const { ino } = statSync(path)
  for (const generation of [1, 2, 3]) {
    if (generation > 1) await parent.says(new RegExp(`^ready ${generation} \\d+ ${places}\n`))
    for (const where of [one, local, named, Number(chosen), path, dir.file('relative.sock')])
      assert.equal(await asked(where), String(generation))
    assert.equal(statSync(path).ino, ino)
    parent.signal('SIGUSR2')
  }
})

test('connections made while nobody accepts wait for the next child: before the first one, and after one was killed', async (t) => {
  const dir = app(
    t,
    "if (generation === 1) { console.log('boots'); while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 5)) }",
    "onCrash: 'wait'",
  )
  const port = await freePort()
  const path = dir.file('app.sock')
  const parent = run(t, dir, [port, path])
  await parent.says('boots')
  let answers = [asked(port), asked(path)]
  await until('it waits', parent.output, () => waiting(port) === 1)
  const [error] = await once(createServer().listen(port), 'error')
  assert.equal(error.code, 'EADDRINUSE', 'nobody else can take the address')
  dir.write('go', '')
  assert.deepEqual(await Promise.all(answers), ['1', '1'])

  const [, pid] = await parent.says(/^ready 1 (\d+)/)
  process.kill(Number(pid), 'SIGKILL')
  await parent.says('[exit75] the app was killed by SIGKILL · waiting')
  assert.deepEqual(descendants(parent.pid), [])
  answers = [port, path].flatMap((where) => Array.from({ length: 20 }, () => asked(where)))
  // The parent does not accept: they are all in the queue.
  await until('all wait', parent.output, () => waiting(port) === 20)
  parent.signal('SIGUSR2')
  assert.deepEqual(new Set(await Promise.all(answers)), new Set(['2']))
})

test('a socket whose file is lost', async (t) => {
  const dir = app(t)
  const [removed, replaced, taken, kept] = ['removed', 'replaced', 'taken', 'kept'].map((name) =>
    dir.file(`${name}.sock`),
  ) as [string, string, string, string]
  const parent = run(t, dir, [removed, replaced, taken, kept])
  await parent.says('ready 1')
  for (const path of [removed, replaced, taken]) unlinkSync(path)
  await abandonedSocket(replaced)
  const other = await listening(taken)
  t.after(() => void other.close())
  parent.signal('SIGUSR2')
  await parent.says('ready 2')
  await inTurn(t, [
    ...[removed, replaced].map(
      (path, at) =>
        [
          `${['is removed', 'is replaced by one that nobody holds'][at]}: bound again for the next child, with one line`,
          async () => {
            assert.equal(await asked(path), '2')
            const line = `[exit75] the socket file ${path} was gone · bound again`
            assert.equal(parent.count(line), 1, parent.output())
          },
        ] as const,
    ),
    [
      'belongs to another program: it stays, and one line says so',
      async () => {
        parent.signal('SIGUSR2')
        await parent.says('ready 3')
        assert.equal(await asked(taken), 'somebody else')
        for (const path of [removed, replaced]) assert.equal(await asked(path), '3')
        assert.equal(parent.count(/^\[exit75\] .*taken.sock belongs to another program now$/), 1)
        assert.equal(parent.count('[exit75] the socket file'), 2, parent.output())
      },
    ],
    [
      'and at the end those of the program are gone, and nobody else’s',
      async () => {
        parent.signal('SIGTERM')
        await parent.ended
        assert.deepEqual([removed, replaced, taken, kept].map(existsSync), [false, false, true, false])
        assert.equal(await asked(taken), 'somebody else')
      },
    ],
  ])
})

test('a socket whose directory is gone, or a link in its place: the app stays up, and is reached when that is mended', async (t) => {
  const dir = app(t)
  const [away, linked] = [dir.file('away/app.sock'), dir.file('linked.sock')]
  mkdirSync(dir.file('away'))
  const parent = run(t, dir, [away, linked])
  await parent.says('ready 1')
  renameSync(dir.file('away'), dir.file('elsewhere'))
  unlinkSync(linked)
  symlinkSync('missing', linked)
  parent.signal('SIGUSR2')
  await parent.says(
    `[exit75] the socket file ${away} is gone: cannot listen on ${away}: the directory does not exist`,
  )
  await parent.says(
    `[exit75] the socket file ${linked} is gone: cannot listen on ${linked}: there is a broken symbolic link`,
  )
  await parent.says('ready 2')
  assert.equal(await asked(dir.file('elsewhere/app.sock')), '2')
  renameSync(dir.file('elsewhere'), dir.file('away'))
  unlinkSync(linked)
  parent.signal('SIGUSR2')
  await parent.says('ready 3')
  for (const path of [away, linked]) assert.equal(await asked(path), '3')
})

test('a socket of the same relative name in another directory is not confused with ours', async (t) => {
  const elsewhere = tempDir(t, {
    'other.mjs':
      "import net from 'node:net'; net.createServer().listen('./app.sock', () => console.log('listens'))",
  })
  await start(t, ['other.mjs'], { cwd: elsewhere.path }).says('listens')
  const dir = app(t)
  await abandonedSocket(dir.file('app.sock'))
  const parent = run(t, dir, ['./app.sock'])
  await parent.says('ready 1')
  unlinkSync(dir.file('app.sock'))
  parent.signal('SIGUSR2')
  await parent.says('ready 2')
  assert.equal(await asked(dir.file('app.sock')), '2')
})

test('an app that removes the file before it listens can be reached in each generation', async (t) => {
  const dir = app(t, 'rmSync(listen[0], { force: true })')
  const path = dir.file('app.sock')
  const parent = run(t, dir, [path])
  for (const generation of [1, 2]) {
    await parent.says(`ready ${generation}`)
    assert.equal(await asked(path), String(generation))
    parent.signal('SIGUSR2')
  }
})

test('an address that cannot be had ends the program before any child starts, with one error', async (t) => {
  const other = await listening(0)
  t.after(() => void other.close())
  const { port } = other.address() as { port: number }
  const parent = run(t, app(t), [0, port])
  const { code } = await parent.ended
  assert.equal(code, 1, parent.output())
  assert.equal(parent.count('ready'), 0)
  assert.deepEqual(parent.output().match(/^Error: .*$/gm), [
    `Error: launchChild(): cannot listen on port ${port}: another program listens there. Stop it, or choose another address (EADDRINUSE)`,
  ])
})

test('a command finds its socket listening and blocking, in each generation', async (t) => {
  const dir = tempDir(t, { 'flags.sh': 'grep flags /proc/self/fdinfo/3; read -r _\n' })
  const port = await freePort()
  const command = startCommand(
    t,
    process.execPath,
    [CLI, '--listen', String(port), '--watch', 'flags.sh', 'sh', 'flags.sh'],
    { cwd: dir.path, env: { EXIT75_STANDBY: '0' } },
  )
  for (let generation = 1; generation <= 2; generation += 1) {
    const [, flags = ''] = await command.says(/^flags:\s+(\d+)/)
    assert.equal(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0)
    assert.equal(waiting(port), 0)
    command.signal('SIGUSR2')
  }
})

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
  const parent = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  const [, port] = await parent.says(/port (\d+)/)
  await parent.says('over')
  await assert.rejects(asked(Number(port)), { code: 'ECONNREFUSED' })
})
