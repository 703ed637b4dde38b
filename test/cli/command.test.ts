/** Commands that are no Node programs: what is a change below their directory, and what comes of it. */
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
import { openFiles, stateOf } from '../helpers/proc.ts'
import { atOnce, descendants, type Run, type StartOptions, startCommand } from '../helpers/start.ts'
import type { TempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof startCli>[0]

const exit75 = (t: Test, dir: TempDir, args: readonly string[], options: StartOptions = {}): Run =>
  startCli(t, args, { cwd: dir.path, ...options })

/** Has been launched again once: from now on every file's content is known. */
async function started(t: Test, dir: TempDir, args: readonly string[] = []): Promise<Run> {
  const run = exit75(t, dir, [...args, LINE])
  await run.says(runs(dir, 'a'))
  dir.write('version.txt', 'b')
  await run.says(runs(dir, 'b', ['modified', 'version.txt']))
  return run
}

/** What was done since so many launches has had no effect: this edit is the first one that counts. */
async function onlyThisCounts(run: Run, dir: TempDir, version: string, launches: number): Promise<void> {
  dir.write('version.txt', version)
  await run.says(runs(dir, version, ['modified', 'version.txt']))
  assert.equal(run.count('runs'), launches + 1, run.output())
}

test('each change below the working directory is a restart, and nothing else is', async (t) => {
  const dir = commandDir(t, {
    x: '1',
    'src/deep/x': '1',
    'sub/y': '1',
    '.git/HEAD': '1',
    '.gitignore': 'build\n*.log\n',
    'build/out': '1',
    'a.log': '1',
    'node_modules/dep/index.js': '1',
    'data/sub/two.csv': '1',
    'cache-7/file': '1',
  })
  const run = await started(t, dir, ['--ignore', 'data', '--ignore', '/cache-\\d+\\//'])

  await t.test('a file is changed, and replaced', async () => {
    dir.write('src/deep/x', '2')
    await run.says(runs(dir, 'b', ['modified', 'src/deep/x']))
    await run.says(
      /\[exit75\] src\/deep\/x changed · restarted in [\d.]+ m?s( \(app stopped after [\d.]+ m?s\))?\n/,
    )
    atOnce(run, () => dir.replace('src/deep/x', '3'))
    await run.says(runs(dir, 'b', ['modified', 'src/deep/x']))
  })

  const files = openFiles(run.pid)

  await t.test('a touch, and a save of the same content, are none', async () => {
    const launches = run.count('runs')
    utimesSync(dir.file('x'), new Date(), new Date())
    dir.write('version.txt', 'b')
    atOnce(run, () => dir.replace('x', '1'))
    await onlyThisCounts(run, dir, 'c', launches)
  })

  await t.test('what is ignored is none', async () => {
    const launches = run.count('runs')
    for (const path of ['build/out', 'build/more/new', 'data/sub/two.csv', 'data/new', '.git/HEAD'])
      dir.write(path, '2')
    for (const path of ['node_modules/dep/index.js', 'cache-7/file', 'cache-8/file', 'a.log'])
      dir.write(path, '2')
    dir.remove('a.log')
    await onlyThisCounts(run, dir, 'd', launches)
  })

  await t.test('new files, in new directories as well', async () => {
    dir.write('new', '1')
    await run.says(runs(dir, 'd', ['added', 'new']))
    dir.write('one/two/three', '1')
    await run.says(runs(dir, 'd', ['added', 'one/two/three']))
    const launches = run.count('runs')
    mkdirSync(dir.file('empty'))
    await onlyThisCounts(run, dir, 'e', launches)
  })

  await t.test('what is deleted, and what is moved away', async () => {
    dir.remove('x')
    await run.says(runs(dir, 'e', ['deleted', 'x']))
    await run.says(/\[exit75\] x deleted · restarted in/)
    renameSync(dir.file('sub'), dir.file('node_modules/sub'))
    await run.says(runs(dir, 'e', ['deleted', 'sub/y']))
  })

  await t.test('300 files at once are one', async () => {
    const launches = run.count('runs')
    atOnce(run, () => {
      for (let n = 0; n < 300; n += 1) dir.write(`src/${n % 7}/${n}`, '2')
    })
    await run.says(/^\[exit75\] .* and 297 more changed · restarted in/)
    await run.says(/^runs e \[\[".*\n/) // to its end: so long a line comes in parts
    await onlyThisCounts(run, dir, 'f', launches + 1)
  })

  await t.test('so many restarts have left no process, descriptor or listener behind', async () => {
    // One listener more for each would be a warning at the eleventh.
    assert.ok(run.count('runs') > 12)
    // The last guard may be on its way out.
    await until('all is as it was', run.output, () => openFiles(run.pid) <= files)
    await until('no more processes than at first', run.output, () => descendants(run.pid).length <= 2)
    assert.equal(run.count(/Warning/), 0, run.output())
  })
})

test('--poll: a change, a new file and a deleted one; --ext: only files with these extensions', async (t) => {
  const dir = commandDir(t, { 'x.py': '1', 'src/deep/x.txt': '1', 'b.md': '1', py: '1' })
  const run = await started(t, dir, ['--poll', '50', '--ext', 'txt,.py'])
  utimesSync(dir.file('x.py'), new Date(), new Date())
  for (const name of ['b.md', 'c.md', 'py']) dir.write(name, '2')
  dir.write('src/deep/x.txt', '2')
  await run.says(runs(dir, 'b', ['modified', 'src/deep/x.txt']))
  dir.write('one/two.py', '1')
  await run.says(runs(dir, 'b', ['added', 'one/two.py']))
  dir.remove('x.py')
  await run.says(runs(dir, 'b', ['deleted', 'x.py']))
  assert.equal(run.count('runs'), 5)
})

test('--watch instead of the working directory: directories and files', async (t) => {
  const dir = commandDir(t, { 'lib/x': '1', 'one.conf': '1', 'two.conf': '1', '.gitignore': 'one.conf' })
  const watch = ['--watch', 'lib', '--watch', 'one.conf', '--watch', 'version.txt', '--watch', 'later']
  const run = await started(t, dir, watch)
  dir.write('two.conf', '2')
  dir.write('other/new', '2')
  await onlyThisCounts(run, dir, 'c', 2)
  dir.write('lib/x', '2')
  await run.says(runs(dir, 'c', ['modified', 'lib/x']))
  dir.replace('one.conf', '2')
  await run.says(runs(dir, 'c', ['modified', 'one.conf']))
  dir.write('later/file', '1')
  await run.says(runs(dir, 'c', ['added', 'later/file']))
})

test('an edit while nothing runs launches: after a crash, and with --on-exit wait after an end with 0', async (t) => {
  const dir = commandDir(t, { 'code.sh': 'exit 3' })
  const run = exit75(t, dir, ['--on-exit', 'wait', 'echo runs; . ./code.sh'])
  for (const code of [3, 4, 0, 5]) {
    if (code !== 3) dir.write('code.sh', `exit ${code}`)
    await run.says('runs')
    await run.says(new RegExp(`\\[exit75\\] the app exited with ${code} · waiting for a change`))
  }
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
})

test('more changes than fit into a variable', async (t) => {
  const names = Array.from({ length: 1500 }, (_, n) => `src/${'long'.repeat(25)}/${n}`)
  const dir = commandDir(t, Object.fromEntries(names.map((name) => [name, '1'])))
  const line = 'read -r version < version.txt; echo "runs $version ${#EXIT75_CHANGES}"; read -r _'
  const run = exit75(t, dir, ['--settle', '200', line])
  await run.says('runs a 2')
  atOnce(run, () => {
    for (const name of names) dir.write(name, '2')
  })
  const [, length] = await run.says(/^runs a (\d{4,})/)
  assert.ok(Number(length) > 50_000 && Number(length) < 128 * 1024, run.output())
})

test('what is edited while the old one shuts down is in the next, and no reason for one more', async (t) => {
  const dir = commandDir(t, { x: '1' })
  const line = `trap 'echo ends; while [ ! -e go ]; do sleep 0.2; done; exit 3' TERM
    read -r version < version.txt; read -r x < x; echo "runs $version $x"; while :; do sleep 1; done`
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
  const script = (word: string) => `#!/bin/sh\necho "runs ${word}"\nread -r _\n`
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
  const script = (word: string) => `#!/bin/sh\necho "runs ${word}"\nread -r _\n`
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

test('an overlap with a command is refused', async (t) => {
  const dir = commandDir(t, { tool: '' })
  chmodSync(dir.file('tool'), 0o755)
  const run = exit75(t, dir, ['--overlap', './tool', 'an argument'])
  assert.deepEqual(await run.ended, { code: 1, signal: null })
  assert.match(run.output(), /^\[exit75\] the option "overlap" is for programs that call ready\(\), .*\n$/)
})

/** Needs a loader that is not there: only the system finds that out. */
test('what the system cannot start is one line, too, and nothing is left', async (t) => {
  const dir = commandDir(t)
  const bytes = readFileSync('/bin/true')
  bytes.write('/x', bytes.indexOf('/ld-')) // of the loader's name
  writeFileSync(dir.file('tool'), bytes)
  chmodSync(dir.file('tool'), 0o755)
  const run = exit75(t, dir, ['./tool'])
  assert.deepEqual(await run.ended, { code: 127, signal: null })
  assert.match(
    run.output(),
    /^.*watching \.\n\[exit75\] cannot start \.\/tool: its interpreter does not exist\n$/,
  )
})

for (const [line, exit] of [
  ['exit 7', { code: 7, signal: null }],
  ['kill -TERM $$', { code: null, signal: 'SIGTERM' }],
] as const) {
  test(`exit75 ends as the command ends: ${line}`, async (t) => {
    const run = exit75(t, commandDir(t), ['--on-crash', 'exit', `${line};`])
    assert.deepEqual(await run.ended, exit)
    assert.match(run.output(), /^\[exit75\] .*, a command · watching \.\n$/)
  })
}

test('75 launches again, and 0 is the end', async (t) => {
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
  const line = `(sh -c 'echo "left $PPID"; exec sleep 0.01' &); (sleep 1000 &); read -r version < version.txt; echo "runs $version $PPID"; sleep 1000`
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

const onLinux = { skip: process.platform !== 'linux' && 'the names of others are UTF-8' }

/** Makes a directory, and returns its name and a line that starts exit75 in it. */
function garbledDir(dir: TempDir, word: string): { garbled: Buffer; line: string } {
  const garbled = Buffer.concat([Buffer.from(`${dir.path}/x`), Buffer.of(0xe9, 0xff)])
  mkdirSync(garbled)
  return { garbled, line: `cd x* && exec "$0" "$1" "${word}"` }
}

test(
  'a working directory whose name is not UTF-8 is watched, and the command runs in it',
  onLinux,
  async (t) => {
    const dir = commandDir(t)
    const { garbled, line } = garbledDir(dir, 'cat version.txt; echo; sleep 1000')
    const file = Buffer.concat([garbled, Buffer.from('/version.txt')])
    writeFileSync(file, 'a')
    const run = startCommand(t, 'sh', ['-c', line, process.execPath, CLI], { cwd: dir.path })
    await run.says('a')
    writeFileSync(file, 'b')
    await run.says('b')
  },
)

test('there Node finds no file: a line says why, and nothing waits', onLinux, async (t) => {
  const dir = commandDir(t)
  const { garbled, line } = garbledDir(dir, './app.js')
  writeFileSync(Buffer.concat([garbled, Buffer.from('/app.js')]), '')
  const run = startCommand(t, 'sh', ['-c', line, process.execPath, CLI], { cwd: dir.path })
  await run.says(/Node finds no file in .*, whose name is not UTF-8: rename it/)
  assert.deepEqual(await run.ended, { code: 2, signal: null })
})
