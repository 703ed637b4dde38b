import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { test } from 'node:test'
import { CLI, startCli } from '../helpers/cli.ts'
import { asked } from '../helpers/listeners.ts'
import { descendants, type Run, start, startCommand } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { CTRL_C } from '../helpers/terminal.ts'

type Test = Parameters<typeof tempDir>[0]

const WITHOUT_EXECVE = ['--import', 'data:text/javascript,delete process.execve']

/** Where this Node cannot be replaced, both ways are the same one. */
const WAYS = [
  { by: 'being replaced', flags: [] },
  { by: 'passing on', flags: WITHOUT_EXECVE },
].slice(process.execve === undefined ? 1 : 0)

/** Says each signal that it gets; SIGTERM ends it with 7. */
const APP = `
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'])
  process.on(signal, () => { console.log('got', signal); if (signal === 'SIGTERM') process.exit(7) })
setInterval(() => {}, 1000)
console.log('ready', process.pid, process.ppid, process.env.EXIT75, process.env.ADDED, process.execArgv, process.argv.slice(2))
`

const app = (t: Test, files: Record<string, string> = {}): TempDir => tempDir(t, { 'app.mjs': APP, ...files })

const isRoot = process.getuid?.() === 0
const ISOLATE = ['--pid', '--fork', '--mount-proc', ...(isRoot ? [] : ['--map-root-user'])]
const CAN_ISOLATE = () => spawnSync('unshare', [...ISOLATE, 'true']).status === 0

for (const { by, flags } of WAYS) {
  const exec = (t: Test, dir: TempDir, args: string[], env = {}): Run =>
    startCli(t, ['--exec', ...args], { cwd: dir.path, flags, env })

  test(`--exec, by ${by}: a Node program with its flags, arguments and variables; signals arrive, once`, async (t) => {
    const run = exec(t, app(t), ['--env', 'ADDED=yes', 'node', '--no-warnings', 'app.mjs', 'a', '--b'])
    const [, pid, parent] = await run.says(
      /^ready (\d+) (\d+) off yes \[ '--no-warnings' \] \[ 'a', '--b' \]\n/,
    )
    assert.equal(by === 'being replaced' ? pid : parent, String(run.pid))
    const signals = ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGINT'] as const
    for (const signal of signals) {
      run.signal(signal)
      await run.says(`got ${signal}`)
    }
    run.signal('SIGTERM')
    assert.deepEqual(await run.ended, { code: 7, signal: null })
    assert.match(run.output(), /^ready .*\n(got SIG\w+\n){8}$/, 'each once, and nothing else is said')
  })

  test(`--exec, by ${by}: one Ctrl-C is one`, async (t) => {
    // A terminal without job control: nobody minds that a process is stopped for a while.
    const command = `trap : INT; stty -onlcr; "$NODE" ${flags.map((flag) => `'${flag}'`).join(' ')} "$CLI" --exec app.mjs; echo status $?`
    const env = { NODE: process.execPath, CLI, NO_COLOR: '1' }
    const run = startCommand(t, 'script', ['-qec', command, '/dev/null'], { cwd: app(t).path, env })
    const [, pid, parent] = await run.says(/^ready (\d+) (\d+)/)
    const first = Number(by === 'being replaced' ? pid : parent)
    // The program has seen it before the process above does: two at once could pass for one.
    if (by === 'passing on') process.kill(first, 'SIGSTOP')
    run.type(CTRL_C)
    await run.says(/got SIGINT/)
    if (by === 'passing on') process.kill(first, 'SIGCONT')
    process.kill(first, 'SIGUSR2') // what came before it is through when it is
    await run.says(/got SIGUSR2/)
    process.kill(first, 'SIGTERM')
    await run.says('status 7')
    assert.equal(run.output().split('got SIGINT').length - 1, 1, run.output())
  })

  for (const [line, exit] of [
    ['exit 75', { code: 75, signal: null }],
    ['kill -INT $$', { code: null, signal: 'SIGINT' }],
  ] as const) {
    test(`--exec, by ${by}: ends as the program ends: ${line}`, async (t) => {
      const run = exec(t, app(t), ['--', `${line};`])
      assert.deepEqual(await run.ended, exit)
      assert.equal(run.output(), '')
    })
  }

  test(`--exec, by ${by}: a closed pipe ends a program in silence`, async (t) => {
    const run = exec(t, app(t), ['yes | head -1'])
    assert.deepEqual(await run.ended, { code: 0, signal: null })
    assert.equal(run.output(), 'y\n')
  })

  test(`--exec, by ${by}: a script that does not say what it is for is for the shell, and reads what is given`, async (t) => {
    const dir = app(t, { 'script.txt': 'read -r line; echo "script $1 $line"\n' })
    chmodSync(dir.file('script.txt'), 0o755)
    const run = exec(t, dir, ['./script.txt', 'one'])
    run.type('typed\n')
    await run.says('script one typed')
    assert.deepEqual(await run.ended, { code: 0, signal: null })
  })

  test(`--exec, by ${by}: as process 1 of a container`, async (t) => {
    if (!CAN_ISOLATE()) return t.skip('no right to make a pid namespace')
    const command = [process.execPath, ...flags, CLI, '--exec', 'app.mjs']
    const run = startCommand(t, 'unshare', [...ISOLATE, ...command], { cwd: app(t).path })
    const [, pid, parent] = await run.says(/^ready (\d+) (\d+)/)
    assert.equal(by === 'being replaced' ? pid : parent, '1')
    // A container's engine signals process 1 from outside: unshare's child, seen from here.
    const all = descendants(run.pid)
    process.kill(all.at(-1) as number, 'SIGTERM')
    assert.deepEqual(await run.ended, { code: 7, signal: null })
    assert.equal(run.count('got SIGTERM'), 1)
  })
}

test('EXIT75=off means the same', async (t) => {
  const run = startCli(t, ['echo "runs $EXIT75"; exit 7'], { cwd: app(t).path, env: { EXIT75: 'off' } })
  assert.deepEqual(await run.ended, { code: 7, signal: null })
  assert.equal(run.output(), 'runs off\n')
})

test('so does the configuration', async (t) => {
  const dir = app(t, { 'exit75.config.json': '{"exec":true,"env":{"ADDED":"configured"}}' })
  const run = startCli(t, ['echo "runs $EXIT75 $ADDED"; exit 7'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 7, signal: null })
  assert.equal(run.output(), 'runs off configured\n')
})

test('sockets that systemd passes are for the program', async (t) => {
  const dir = tempDir(t, {
    'systemd.mjs': `
      import { spawnSync } from 'node:child_process'
      import net from 'node:net'
      const server = net.createServer().listen(0, '127.0.0.1', () => {
        const command = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$1" --exec app.mjs "an argument"'
        const stdio = ['inherit', 'inherit', 'inherit', server._handle.fd]
        const env = { ...process.env, PORT: String(server.address().port) }
        process.exit(spawnSync('sh', ['-c', command, process.execPath, process.argv[2]], { env, stdio }).status ?? 1)
      })`,
    'app.mjs': `
      import net from 'node:net'
      import { listenOn } from 'exit75'
      const server = net.createServer((socket) => socket.end(process.argv[2]))
      server.listen(listenOn(Number(process.env.PORT)), () => console.log('ready', process.env.PORT))`,
  })
  const run = start(t, ['systemd.mjs', CLI], { cwd: dir.path })
  const [, port] = await run.says(/^ready (\d+)/)
  assert.equal(await asked(Number(port), ''), 'an argument')
})

for (const [args, status, message] of [
  [[], 126, /^\[exit75\] nothing says what to run in .*: there is no "main" .* Usage: .*\n$/],
  [['--config', 'broken.json', 'app.mjs'], 2, /^\[exit75\] .*broken\.json:2: SyntaxError: .*\n$/],
] as const) {
  test(`a mistake is one line and a status: exit75 ${args.join(' ')}`, async (t) => {
    const run = startCli(t, args, { cwd: app(t, { 'broken.json': '{\n  x' }).path })
    assert.deepEqual(await run.ended, { code: status, signal: null })
    assert.match(run.output(), message)
  })
}

test('help', async (t) => {
  const run = startCli(t, ['--help'])
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.match(run.output(), /^Usage: exit75 \[options\] <program> \[arguments\]\n/)
})
