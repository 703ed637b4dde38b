import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { test } from 'node:test'
import { CLI, startCli } from '../helpers/cli.ts'
import { commandDir, LINE, runs } from '../helpers/command.ts'
import { groupOf, openFiles, startedWith, stateOf } from '../helpers/proc.ts'
import { atOnce, descendants, isAlive, type Run, type StartOptions, startCommand } from '../helpers/start.ts'
import type { TempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof startCli>[0]

const exit75 = (t: Test, dir: TempDir, args: readonly string[], options: StartOptions = {}): Run =>
  startCli(t, args, { cwd: dir.path, ...options })

/** Events and polling must give the same answers. */
const WAYS = [
  { by: 'events', flags: [] },
  { by: 'polling', flags: ['--poll', '50'] },
]

for (const { by, flags } of WAYS) {
  /** Has been launched again once: from now on every file's content is known. */
  async function started(t: Test, dir: TempDir, args: readonly string[] = []): Promise<Run> {
    const run = exit75(t, dir, [...flags, ...args, LINE])
    await run.says(runs('a'))
    dir.write('version.txt', 'b')
    await run.says(runs('b', ['modified', 'version.txt']))
    return run
  }

  /** What was done before has had no effect: this edit is the first one that counts. */
  async function onlyThisCounts(run: Run, dir: TempDir): Promise<void> {
    dir.write('version.txt', 'c')
    await run.says(runs('c', ['modified', 'version.txt']))
    assert.equal(run.count('runs'), 3, run.output())
  }

  test(`${by}: a change of a file below the working directory is a restart`, async (t) => {
    const dir = commandDir(t, { 'src/deep/x': '1' })
    const run = await started(t, dir)
    dir.write('src/deep/x', '2')
    await run.says(runs('b', ['modified', 'src/deep/x']))
    await run.says(/\[exit75\] src\/deep\/x changed · restarted in [\d.]+ m?s\n/)
    atOnce(run, () => dir.replace('src/deep/x', '3'))
    await run.says(runs('b', ['modified', 'src/deep/x']))
  })

  test(`${by}: a touch, and a save of the same content, are none`, async (t) => {
    const dir = commandDir(t, { x: '1' })
    const run = await started(t, dir)
    utimesSync(dir.file('x'), new Date(), new Date())
    dir.write('version.txt', 'b')
    atOnce(run, () => dir.replace('x', '1'))
    await onlyThisCounts(run, dir)
  })

  test(`${by}: what is ignored is none`, async (t) => {
    const dir = commandDir(t, {
      '.git/HEAD': '1',
      '.gitignore': 'build\n*.log\n',
      'build/out': '1',
      'a.log': '1',
      'node_modules/dep/index.js': '1',
      'data/one.csv': '1',
      'data/sub/two.csv': '1',
      'cache-7/file': '1',
    })
    const run = await started(t, dir, ['--ignore', 'data', '--ignore', '/cache-\\d+\\//'])
    for (const path of [
      'build/out',
      'a.log',
      'build/more/new',
      'data/one.csv',
      'data/sub/two.csv',
      'data/new',
    ])
      dir.write(path, '2')
    for (const path of ['.git/HEAD', 'node_modules/dep/index.js', 'cache-7/file', 'cache-8/file'])
      dir.write(path, '2')
    dir.remove('a.log')
    await onlyThisCounts(run, dir)
  })

  test(`${by}: --ext: only files with these extensions`, async (t) => {
    const dir = commandDir(t, { 'a.py': '1', 'b.md': '1', py: '1' })
    const run = await started(t, dir, ['--ext', 'txt,.py'])
    dir.write('b.md', '2')
    dir.write('c.md', '2')
    dir.write('py', '2')
    await onlyThisCounts(run, dir)
    dir.write('a.py', '2')
    await run.says(runs('c', ['modified', 'a.py']))
  })

  test(`${by}: new files, in new directories as well`, async (t) => {
    const dir = commandDir(t)
    const run = await started(t, dir)
    dir.write('new', '1')
    await run.says(runs('b', ['added', 'new']))
    dir.write('one/two/three', '1')
    await run.says(runs('b', ['added', 'one/two/three']))
    dir.write('one/two/three', '2')
    await run.says(runs('b', ['modified', 'one/two/three']))
    mkdirSync(dir.file('empty'))
    await onlyTheNewest(run, dir)
  })

  async function onlyTheNewest(run: Run, dir: TempDir): Promise<void> {
    const before = run.count('runs')
    dir.write('version.txt', 'z')
    await run.says(runs('z', ['modified', 'version.txt']))
    assert.equal(run.count('runs'), before + 1, run.output())
  }

  test(`${by}: what is deleted, and what is moved away`, async (t) => {
    const dir = commandDir(t, { x: '1', 'sub/y': '1' })
    const run = await started(t, dir)
    dir.remove('x')
    await run.says(runs('b', ['deleted', 'x']))
    await run.says(/\[exit75\] x deleted · restarted in/)
    renameSync(dir.file('sub'), dir.file('node_modules/sub'))
    await run.says(runs('b', ['deleted', 'sub/y']))
  })

  test(`${by}: --watch instead of the working directory: directories and files`, async (t) => {
    const dir = commandDir(t, { 'lib/x': '1', 'one.conf': '1', 'two.conf': '1', '.gitignore': 'one.conf' })
    const watch = ['--watch', 'lib', '--watch', 'one.conf', '--watch', 'version.txt', '--watch', 'later']
    const run = await started(t, dir, watch)
    dir.write('two.conf', '2')
    dir.write('other/new', '2')
    await onlyThisCounts(run, dir)
    dir.write('lib/x', '2')
    await run.says(runs('c', ['modified', 'lib/x']))
    dir.replace('one.conf', '2')
    await run.says(runs('c', ['modified', 'one.conf']))
    dir.write('later/file', '1')
    await run.says(runs('c', ['added', 'later/file']))
  })

  test(`${by}: 300 files at once are one restart`, async (t) => {
    const names = Array.from({ length: 300 }, (_, n) => `src/${n % 7}/${n}`)
    const dir = commandDir(t, Object.fromEntries(names.map((name) => [name, '1'])))
    const run = await started(t, dir)
    atOnce(run, () => {
      for (const name of names) dir.write(name, '2')
    })
    await run.says(/^\[exit75\] .* and 297 more changed · restarted in/)
    await run.says(/^runs b \[\[".*\n/) // to its end: so long a line comes in parts
    await onlyTheNewest(run, dir)
    assert.equal(run.count('runs'), 4)
  })

  test(`${by}: an edit while nothing runs, after a crash, launches`, async (t) => {
    const dir = commandDir(t, { 'code.txt': '3' })
    const run = exit75(t, dir, [...flags, 'echo "runs $(cat version.txt)"; exit $(cat code.txt)'])
    for (const code of [3, 4]) {
      if (code !== 3) dir.write('code.txt', String(code))
      await run.says(new RegExp(`\\[exit75\\] the app exited with ${code} · waiting for a change`))
    }
    dir.write('code.txt', '0')
    assert.deepEqual(await run.ended, { code: 0, signal: null })
  })

  test(`${by}: --on-exit wait: so does one after an end with 0`, async (t) => {
    const dir = commandDir(t)
    const run = exit75(t, dir, [...flags, '--on-exit', 'wait', 'cat version.txt; echo'])
    await run.says('a')
    await run.says(/\[exit75\] the app exited with 0 · waiting for a change/)
    dir.write('version.txt', 'b')
    await run.says('b')
    await run.says(/\[exit75\] the app exited with 0 · waiting for a change/)
    run.signal('SIGTERM')
    assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
  })
}

test('more changes than fit into a variable', async (t) => {
  const names = Array.from({ length: 1500 }, (_, n) => `src/${'long'.repeat(25)}/${n}`)
  const dir = commandDir(t, Object.fromEntries(names.map((name) => [name, '1'])))
  const line = 'echo "runs $(cat version.txt) ${#EXIT75_CHANGES}"; exec sleep 1000'
  const run = exit75(t, dir, ['--settle', '200', line])
  await run.says('runs a 2')
  dir.write('version.txt', 'b')
  await run.says('runs b')
  atOnce(run, () => {
    for (const name of names) dir.write(name, '2')
  })
  const [, length] = await run.says(/^runs b (\d{4,})/)
  assert.ok(Number(length) > 50_000 && Number(length) < 128 * 1024, run.output())
})

test('what is edited while the old one shuts down is in the next, and no reason for one more', async (t) => {
  const dir = commandDir(t, { x: '1' })
  const line = `trap 'echo ends; while [ ! -e go ]; do sleep 0.01; done; exit 3' TERM
    echo "runs $(cat version.txt) $(cat x)"; while :; do sleep 0.01; done`
  const run = exit75(t, dir, ['--log', 'debug', '--ignore', 'go', line])
  await run.says('runs a 1')
  dir.write('version.txt', 'b')
  await run.says('ends')
  dir.write('x', '2')
  await run.says(/\[exit75\] version\.txt, x changed · sending SIGTERM/)
  dir.write('go', '')
  await run.says('runs b 2')
  dir.remove('go')
  dir.write('version.txt', 'c')
  await run.says('ends')
  dir.write('go', '')
  await run.says('runs c 2')
  assert.equal(run.count('runs'), 3)
  assert.equal(run.count('ends'), 2)
})

test('a program that is being built anew is launched when it is there', async (t) => {
  const script = (word: string) => `#!/bin/sh\necho "runs ${word}"\nexec sleep 1000\n`
  const dir = commandDir(t, { server: script('one') })
  chmodSync(dir.file('server'), 0o755)
  const run = exit75(t, dir, ['./server'])
  await run.says('runs one')
  dir.remove('server')
  await run.says(/\[exit75\] cannot start \.\/server: there is no such file/)
  await run.says(/\[exit75\] the app exited with 127 · waiting for a change/)
  dir.write('server', script('two'))
  await run.says(/\[exit75\] cannot start \.\/server: it is not executable/)
  await run.says(/\[exit75\] the app exited with 126 · waiting for a change/)
  dir.write('new', script('three'))
  await run.says(/\[exit75\] the app exited with 126 · waiting for a change/)
  chmodSync(dir.file('new'), 0o755)
  renameSync(dir.file('new'), dir.file('server'))
  await run.says('runs three')
})

test('a program that is still being written is launched when it is closed', async (t) => {
  const script = (word: string) => `#!/bin/sh\necho "runs ${word}"\nexec sleep 1000\n`
  const dir = commandDir(t, { server: script('one') })
  chmodSync(dir.file('server'), 0o755)
  const run = exit75(t, dir, ['./server'])
  await run.says('runs one')
  const fd = openSync(dir.file('server'), 'r+')
  if (
    (spawnSync(dir.file('server'), { timeout: 100 }).error as NodeJS.ErrnoException | undefined)?.code !==
    'ETXTBSY'
  )
    return t.skip('this system runs what is being written')
  writeSync(fd, script('two'), 0)
  await run.says(/\[exit75\] cannot start \.\/server: it is still being written/)
  closeSync(fd) // without a change
  await run.says('runs two')
})

for (const [what, word, status, message] of [
  ['nothing', 'nothing', 127, /^\[exit75\] there is no file nothing here, and no such command on PATH\n$/],
  ['a directory', './sub', 126, /^\[exit75\] nothing says what to run in .*\/sub: there is no "main" .*\n$/],
  [
    'a file without permission',
    './app.py',
    126,
    /^\[exit75\] \.\/app\.py is neither a Node program nor executable\..*\n$/,
  ],
  [
    'a script whose interpreter is missing',
    './lost',
    126,
    /^\[exit75\] \.\/lost: its interpreter \/no\/such\/one does not exist\n$/,
  ],
  [
    'an overlap with a command',
    './tool',
    1,
    /^\[exit75\] the option "overlap" is for programs that call ready\(\), .*\n$/,
  ],
] as const) {
  test(`a mistake is one line and a status: ${what}`, async (t) => {
    const dir = commandDir(t, { 'sub/x': '', 'app.py': '', lost: '#!/no/such/one\n', tool: '' })
    for (const name of ['lost', 'tool']) chmodSync(dir.file(name), 0o755)
    const run = exit75(t, dir, [...(word === './tool' ? ['--overlap'] : []), word, 'an argument'])
    assert.deepEqual(await run.ended, { code: status, signal: null })
    assert.match(run.output(), message)
  })
}

/** Needs a loader that is not there: only the system finds that out. */
test('what the system cannot start is one line, too, and nothing is left', async (t) => {
  const dir = commandDir(t)
  const bytes = readFileSync('/bin/true')
  bytes.write('/x', bytes.indexOf('/ld-')) // of the loader's name
  writeFileSync(dir.file('tool'), bytes)
  chmodSync(dir.file('tool'), 0o755)
  const run = exit75(t, dir, ['./tool'])
  assert.deepEqual(await run.ended, { code: 127, signal: null })
  assert.equal(run.output(), '[exit75] cannot start ./tool: its interpreter does not exist\n')
})

/** Says each signal that it gets; SIGTERM and SIGINT end it when there is a file `go`. */
const SERVER = `
import { existsSync } from 'node:fs'
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => {
  console.log('got', signal)
  setInterval(() => { if (existsSync('go')) { console.log('closed'); process.exit(0) } }, 5)
})
setInterval(() => {}, 1000)
console.log('serves', process.pid)`

const serverDir = (t: Test, go = true): TempDir =>
  commandDir(t, {
    'server.mjs': SERVER,
    'package.json': '{"exit75":{"ignore":["go"]}}',
    ...(go && { go: '' }),
  })

/** The shell stays above the server. */
const BELOW_A_SHELL = 'echo "shell $$"; node server.mjs; exit 0'

async function serving(run: Run): Promise<{ shell: number; server: number }> {
  const [, shell] = await run.says(/^shell (\d+)/)
  const [, server] = await run.says(/^serves (\d+)/)
  return { shell: Number(shell), server: Number(server) }
}

/** Of the command, what it started, and what watches over it. */
const nothingIsLeft = (run: Run, group: number): Promise<unknown> =>
  until(
    'nothing is left',
    () => `${run.output()}\n${[...groupOf(group), ...startedWith('exit75-watchdog', String(group))]}`,
    () => groupOf(group).length === 0 && startedWith('exit75-watchdog', String(group)).length === 0,
  )

test('a server below a shell gets one signal for a restart, and its time', async (t) => {
  const dir = serverDir(t, false)
  const run = exit75(t, dir, [BELOW_A_SHELL])
  const { shell } = await serving(run)
  dir.write('version.txt', 'b')
  await run.says('got SIGTERM')
  await until('the shell has ended', run.output, () => !isAlive(shell))
  assert.equal(groupOf(shell).length, 1)
  dir.write('go', '')
  await run.says('closed')
  const next = await serving(run)
  assert.equal(run.count('got SIGTERM'), 1)
  assert.notEqual(next.shell, shell)
  assert.match(run.output(), /^closed\n(\[exit75\] .*\n)?shell/m)
  await nothingIsLeft(run, shell)
})

test('--signal is the one that it gets', async (t) => {
  const dir = serverDir(t)
  const run = exit75(t, dir, ['--signal', 'hup', BELOW_A_SHELL])
  await serving(run)
  dir.write('version.txt', 'b')
  await run.says('got SIGHUP')
  await run.says('closed')
  await serving(run)
  assert.equal(run.count('got'), 1)
})

test('a server that does not end is killed after --kill-timeout', async (t) => {
  const dir = serverDir(t, false)
  const run = exit75(t, dir, ['--kill-timeout', '2000', BELOW_A_SHELL])
  const { shell } = await serving(run)
  dir.write('version.txt', 'b')
  await run.says('got SIGTERM')
  await run.says(/\[exit75\] still running 2\.0 s after the signal · SIGKILL/)
  await serving(run)
  assert.deepEqual(groupOf(shell), [])
})

for (const [what, line] of [
  [
    'a job in the background',
    '(trap "echo job" EXIT; sleep 1000) & sleep 1000 & echo "shell $$"; sleep 1000',
  ],
  ['what ignores the signal', 'trap "" TERM INT; echo "shell $$"; sleep 1000'],
  [
    'grandchildren in the background',
    '( (sleep 1000 & sleep 1000 & wait) & ) ; echo "shell $$"; exec sleep 1000',
  ],
  ['what is stopped', 'sleep 1000 & kill -STOP $!; echo "shell $$"; sleep 1000'],
] as const) {
  test(`nothing is left of a shell after a restart, and after the end: ${what}`, async (t) => {
    const dir = commandDir(t)
    const run = exit75(t, dir, ['--kill-timeout', '300', line])
    const [, first] = await run.says(/^shell (\d+)/)
    dir.write('version.txt', 'b')
    const [, second] = await run.says(/^shell (\d+)/)
    assert.deepEqual(groupOf(Number(first)), [])
    run.signal('SIGTERM')
    await run.ended
    assert.deepEqual(groupOf(Number(second)), [])
    await nothingIsLeft(run, Number(second))
  })
}

test('what a shell leaves behind when it ends by itself is ended, with its time', async (t) => {
  const dir = serverDir(t, false)
  const line =
    'echo "shell $$"; node server.mjs & while [ ! -e node_modules/over ]; do sleep 0.01; done; exit 7'
  const run = exit75(t, dir, [line])
  const { shell } = await serving(run)
  dir.write('node_modules/over', '')
  await run.says('got SIGTERM')
  await until('the shell has ended', run.output, () => !isAlive(shell))
  assert.equal(run.count('exited with 7'), 0)
  dir.write('go', '')
  await run.says('closed')
  await run.says(/\[exit75\] the app exited with 7 · waiting for a change/)
  assert.equal(run.count('got'), 1)
  await nothingIsLeft(run, shell)
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
  test(`${signal} to the parent is passed on once, and waited for`, async (t) => {
    const dir = serverDir(t, false)
    const run = exit75(t, dir, [BELOW_A_SHELL])
    const { shell } = await serving(run)
    run.signal(signal)
    await run.says(`got ${signal}`)
    assert.equal(isAlive(run.pid), true)
    dir.write('go', '')
    await run.says('closed')
    const { code, signal: by } = await run.ended
    // A shell waits for what it runs when it is interrupted, and ends before it otherwise.
    assert.ok(by === signal || code === 0, `${code} ${by}`)
    assert.equal(run.count('got'), 1)
    await nothingIsLeft(run, shell)
  })
}

test('the parent is killed: the group gets SIGTERM, its time, SIGKILL; and the guard goes as well', async (t) => {
  const dir = serverDir(t, false)
  const run = exit75(t, dir, ['--kill-timeout', '1000', BELOW_A_SHELL])
  const { shell, server } = await serving(run)
  assert.equal(startedWith('exit75-watchdog', String(shell)).length, 1)
  run.signal('SIGKILL')
  await until('the server is gone', run.output, () => !isAlive(server))
  assert.equal(run.count('got SIGTERM'), 1)
  await nothingIsLeft(run, shell)
})

for (const [line, exit] of [
  ['exit 0', { code: 0, signal: null }],
  ['exit 7', { code: 7, signal: null }],
  ['exit 255', { code: 255, signal: null }],
  ['kill -TERM $$', { code: null, signal: 'SIGTERM' }],
  ['kill -INT $$', { code: null, signal: 'SIGINT' }],
  ['kill -KILL $$', { code: null, signal: 'SIGKILL' }],
  ['kill -ABRT $$', { code: null, signal: 'SIGABRT' }],
] as const) {
  test(`exit75 ends as the command ends: ${line}`, async (t) => {
    const run = exit75(t, commandDir(t), ['--on-crash', 'exit', `${line};`])
    assert.deepEqual(await run.ended, exit)
    assert.equal(run.output(), '')
  })
}

test('75 launches again', async (t) => {
  const dir = commandDir(t)
  const run = exit75(t, dir, ['--ignore', 'ran', 'if [ -e ran ]; then echo again; else >ran; exit 75; fi'])
  await run.says('again')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
})

test('as process 1 of a container: what others left behind does not hold up the end', async (t) => {
  const isolate = [
    '--pid',
    '--fork',
    '--mount-proc',
    ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
  ]
  if (spawnSync('unshare', [...isolate, 'true']).status !== 0)
    return t.skip('no right to make a pid namespace')
  const dir = commandDir(t)
  // Nobody waits for the first, whose parent is gone: process 1 gets it, and Node waits for its own alone.
  const line = `(sh -c 'echo "left $PPID"; exec sleep 0.01' &); (sleep 1000 &); echo "runs $(cat version.txt) $PPID"; sleep 1000`
  const command = [process.execPath, CLI, line]
  const run = startCommand(t, 'unshare', [...isolate, ...command], { cwd: dir.path })
  await run.says('runs a 1')
  const zombies = () => descendants(run.pid).filter((pid) => stateOf(pid) === 'Z')
  await until('somebody was left', run.output, () => zombies().length > 0)
  dir.write('version.txt', 'b')
  await run.says('runs b 1')
  const [first] = descendants(run.pid).slice(-1)
  process.kill(first as number, 'SIGTERM')
  assert.deepEqual(await run.ended, { code: 128 + 15, signal: null })
})

test('fifty restarts leave no process, descriptor or listener behind', async (t) => {
  const dir = commandDir(t)
  const run = exit75(t, dir, [`sleep 1000 & ${LINE}`])
  await run.says(runs('a'))
  let files = 0
  for (let n = 0; n < 50; n += 1) {
    dir.write('version.txt', String(n))
    await run.says(runs(String(n), ['modified', 'version.txt']))
    if (n === 5) files = openFiles(run.pid)
  }
  // The last guard may be on its way out.
  await until('all is as it was', run.output, () => openFiles(run.pid) <= files)
  await until('no more processes than at first', run.output, () => descendants(run.pid).length <= 3)
  assert.equal(run.count(/Warning/), 0, run.output())
})
