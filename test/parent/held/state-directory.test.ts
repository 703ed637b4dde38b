/** The place of the state, where others or the system are in the way. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, relative } from 'node:path'
import { test } from 'node:test'
import { keep, readNewest } from '../../../src/app/kept-state.ts'
import { bytesOf } from '../../../src/app/state.ts'
import { createStateDirectory } from '../../../src/parent/held/state-directory.ts'
import { openFiles } from '../../helpers/proc.ts'
import { type Run, start, startCommand } from '../../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

const isRoot = process.getuid?.() === 0
const has = (command: string): boolean => spawnSync(command, ['--version']).error === undefined
const uid = process.getuid?.()

/** This process has these variables until the test is over. */
function withVariables(t: Test, variables: Record<string, string>): void {
  for (const [name, value] of Object.entries({ XDG_RUNTIME_DIR: '', ...variables })) {
    const before = process.env[name]
    process.env[name] = value
    t.after(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }
}

/** What a parent and two of its children do: the place, relative to the folder; it is removed again. */
function handedOver(dir: TempDir): string {
  const state = createStateDirectory(dir.path)
  keep(bytesOf('precious'), 1, state.directory)
  assert.ok(existsSync(state.directory))
  assert.equal(readNewest(state.directory, 2), 'precious')
  state.remove()
  return relative(dir.path, dirname(state.directory))
}

test('a private runtime directory is preferred, and clean afterwards', (t) => {
  const dir = folder(t)
  mkdirSync(dir.file('runtime'), { mode: 0o700 })
  withVariables(t, { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: dir.file('runtime') })
  assert.equal(handedOver(dir), 'runtime/exit75')
  assert.deepEqual(readdirSync(dir.file('runtime')), [])
})

for (const [what, spoil] of [
  ['open to others', (path: string) => chmodSync(path, 0o755)],
  ['a link', (path: string) => [rmSync(path, { recursive: true }), symlinkSync('tmp', path)]],
  ['missing', (path: string) => rmSync(path, { recursive: true })],
] as const) {
  test(`a runtime directory that is ${what} is not used`, (t) => {
    const dir = folder(t)
    mkdirSync(dir.file('runtime'), { mode: 0o700 })
    spoil(dir.file('runtime'))
    withVariables(t, { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: dir.file('runtime') })
    assert.equal(handedOver(dir), `tmp/exit75-${uid}`)
    assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep'])
  })
}

for (const [what, take] of [
  ['a link to a directory of ours', (path: string) => symlinkSync('../elsewhere', path)],
  ['a file', (path: string) => writeFileSync(path, '')],
  ['a directory that others may write to', (path: string) => [mkdirSync(path), chmodSync(path, 0o777)]],
] as const) {
  test(`where ${what} has the name, another one is used`, (t) => {
    const dir = folder(t)
    take(dir.file(`tmp/exit75-${uid}`))
    withVariables(t, { TMPDIR: dir.file('tmp') })
    assert.match(handedOver(dir), /^tmp\/exit75-\d+-[0-9a-f]{16}$/)
    assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep', `exit75-${uid}`])
    assert.deepEqual(readdirSync(dir.file('elsewhere')), ['.keep'])
  })
}

/** Saves in generation 1, and says in generation 2 what it got. */
const APP = `
import { PARENT, generation, launchChild, saveState, savedState } from 'exit75'
if (PARENT) { if (process.env.ELSEWHERE) process.chdir(process.env.ELSEWHERE); launchChild() }
else if (generation === 1) {
  try { saveState('precious'); console.log('saved') } catch (error) { console.log('not saved', error.code, error.message) }
  process.exit(75)
} else { console.log('got', savedState()); process.stdin.once('data', () => process.exit(0)) }`

function folder(t: Test): TempDir {
  const dir = tempDir(t, { 'app.mjs': APP, 'tmp/.keep': '', 'elsewhere/.keep': '' })
  chmodSync(dir.path, 0o755)
  return dir
}

const OWN = { XDG_RUNTIME_DIR: '', EXIT75_STANDBY: '0' }

async function finish(app: Run): Promise<void> {
  app.type('go\n')
  assert.deepEqual(await app.ended, { code: 0, signal: null }, app.output())
}

test('a relative TMPDIR is that of the start, wherever the parent goes', async (t) => {
  const dir = folder(t)
  const app = start(t, ['app.mjs'], {
    cwd: dir.path,
    env: { ...OWN, TMPDIR: 'tmp', ELSEWHERE: dir.file('elsewhere') },
  })
  await app.says('got precious')
  assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep', `exit75-${uid}`])
  await finish(app)
  assert.deepEqual([readdirSync(dir.file('tmp')), readdirSync(dir.file('elsewhere'))], [['.keep'], ['.keep']])
})

test('a TMPDIR that is a link is followed once: nothing is left where it led', async (t) => {
  const dir = folder(t)
  symlinkSync('tmp', dir.file('link'))
  const app = start(t, ['app.mjs'], { cwd: dir.path, env: { ...OWN, TMPDIR: dir.file('link') } })
  await app.says('got precious')
  unlinkSync(dir.file('link'))
  symlinkSync('elsewhere', dir.file('link'))
  await finish(app)
  assert.deepEqual([readdirSync(dir.file('tmp')), readdirSync(dir.file('elsewhere'))], [['.keep'], ['.keep']])
})

test('a TMPDIR that is missing is not made: the app runs, only saveState fails, and a standby says nothing', async (t) => {
  const dir = folder(t)
  const app = start(t, ['app.mjs'], {
    cwd: dir.path,
    flags: ['--import', import.meta.resolve('tsx')], // its standby has a file of its own
    env: { TMPDIR: dir.file('missing'), XDG_RUNTIME_DIR: '', EXIT75_LOG: 'debug' },
  })
  await app.says(/^not saved ENOENT saveState\(value\): cannot save it in .*: no such file or directory/)
  await app.says('got undefined')
  await app.says(/^\[exit75\] standby \d+ is ready/)
  assert.equal(app.count(/^\s+at /), 0, app.output())
  await finish(app)
  assert.ok(!existsSync(dir.file('missing')))
})

for (const [what, code, make] of [
  ['a file', 'ENOTDIR', (path: string) => writeFileSync(path, '')],
  ['a link to itself', 'ELOOP', (path: string) => symlinkSync(path, path)],
] as const)
  test(`a TMPDIR that is ${what}: saveState says so, and nobody who asks for what was never saved`, async (t) => {
    const dir = folder(t)
    make(dir.file('odd'))
    const app = start(t, ['app.mjs'], { cwd: dir.path, env: { ...OWN, TMPDIR: dir.file('odd') } })
    await app.says(new RegExp(`^not saved ${code} saveState\\(value\\): cannot save it in `))
    await app.says('got undefined')
    await finish(app)
    assert.equal(app.count(/cannot be read/), 0, app.output())
  })

test('a full disk: the earlier value stays, and nothing that is half written', {
  skip: !(isRoot && has('unshare')) && 'needs root and unshare, to mount a small disk',
}, async (t) => {
  const dir = folder(t)
  dir.write(
    'app.mjs',
    `import { readdirSync } from 'node:fs'
       import { PARENT, generation, launchChild, saveState, savedState } from 'exit75'
       if (PARENT) launchChild()
       else if (generation === 1) {
         saveState('small')
         try { saveState(Buffer.alloc(4e6)) } catch (error) { console.log(error.code, error.message) }
         const own = process.env.TMPDIR + '/exit75-' + process.getuid()
         console.log('left', readdirSync(own + '/' + readdirSync(own)[0]).join())
         process.exit(75)
       } else console.log('got', savedState())`,
  )
  const line = 'mount -t tmpfs -o size=1m none tmp && exec "$0" app.mjs'
  const app = startCommand(t, 'unshare', ['--mount', 'sh', '-c', line, process.execPath], {
    cwd: dir.path,
    env: { ...OWN, TMPDIR: dir.file('tmp') },
  })
  await app.says(/^ENOSPC saveState\(value\): cannot save it in .*: no space left on device \(ENOSPC\)/)
  await app.says('left 1')
  await app.says('got small')
})

test('two containers that share the folder leave each other alone, and each is process 1', {
  skip: !(isRoot && has('unshare')) && 'needs root and unshare, for PID namespaces',
}, async (t) => {
  const dir = folder(t)
  const container = () =>
    startCommand(t, 'unshare', ['--pid', '--fork', '--mount-proc', process.execPath, 'app.mjs'], {
      cwd: dir.path,
      env: { ...OWN, TMPDIR: dir.file('tmp') },
    })
  const inside = () => readdirSync(dir.file(`tmp/exit75-${uid}`))
  const first = container()
  await first.says('got precious')
  const [name = ''] = inside()
  assert.match(name, /\.1\.\d+-/)
  const second = container()
  await second.says('got precious')
  assert.equal(inside().length, 2)
  assert.ok(inside().includes(name))
  await finish(second)
  await finish(first)
  assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep'])
})

/** Swaps a link to somebody's directory for a directory, as fast as it can. */
const RACE = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/stat.h>
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif
int renameat2(int, const char *, int, const char *, unsigned);
int main(int count, char **args) {
  mkdir(args[2], 0700);
  symlink(args[3], args[1]);
  puts("racing"); fflush(stdout);
  for (;;) renameat2(AT_FDCWD, args[1], AT_FDCWD, args[2], RENAME_EXCHANGE);
}`

test('another user who races for the name gets nothing', {
  skip: !(isRoot && has('setpriv') && has('cc')) && 'needs root, setpriv and cc, to be two users',
}, async (t) => {
  const [victim, attacker] = [4001, 4002]
  const dir = folder(t)
  dir.write('race.c', RACE)
  assert.equal(spawnSync('cc', ['-o', dir.file('race'), dir.file('race.c')]).status, 0)
  // What would be removed if the link were followed: the name of a process that is gone.
  const name = `exit75-${victim}`
  const dead = `unknown.999999.1-0123456789abcdef`
  for (const file of ['home', `home/${dead}`, `home/${dead}/precious`]) {
    if (file.endsWith('precious')) writeFileSync(dir.file(file), '')
    else mkdirSync(dir.file(file), { mode: 0o700 })
    chownSync(dir.file(file), victim, victim)
  }
  spawnSync('touch', ['-d', '30 days ago', dir.file(`home/${dead}`)])
  chmodSync(dir.file('tmp'), 0o777)
  const as = (user: number, ...command: string[]) =>
    startCommand(t, 'setpriv', [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...command], {
      cwd: dir.path,
      env: { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: '', DEAD: dir.file(`home/${dead}`) },
    })
  const race = as(attacker, ...['race', `tmp/${name}`, 'tmp/aside', 'home'].map(dir.file))
  await race.says('racing')
  dir.write('victim.mts', VICTIM)
  const app = as(victim, process.execPath, '--import', import.meta.resolve('tsx'), 'victim.mts')
  const failed = app.ended.then(() => assert.fail(app.output()))
  failed.catch(() => {}) // also when it is killed at the end
  for (const mode of [0o1777, 0o777])
    await t.test(`folder ${mode.toString(8)}`, async () => {
      chmodSync(dir.file('tmp'), mode)
      app.type('go\n')
      const [, kept] = await Promise.race([app.says(/^kept in (\d+) rounds/), failed])
      assert.ok(Number(kept) > 0, 'another place is found')
    })
  race.signal('SIGKILL')
  await race.ended
})

test('without a descriptor, what others have left is not taken for nothing', async (t) => {
  const dir = tempDir(t, {
    'sweep.mts': `
      import { closeSync, existsSync, openSync } from 'node:fs'
      import { removeStaleState } from '${REPOSITORY}/src/parent/held/stale-state.ts'
      const state = process.argv[2]
      const open = []
      try { for (;;) open.push(openSync('/dev/null')) } catch {}
      console.log(await removeStaleState().catch(({ code }) => code), existsSync(state))
      for (const fd of open) closeSync(fd)
      console.log(await removeStaleState(), existsSync(state))`,
  })
  const state = dir.file(`tmp/exit75-${process.getuid?.()}/unknown.999999.1-0123456789abcdef`)
  mkdirSync(state, { recursive: true, mode: 0o700 })
  spawnSync('touch', ['-d', '30 days ago', state])
  const line = `ulimit -n 64 && exec "$0" --import "$1" sweep.mts "$2"`
  const run = startCommand(t, 'sh', ['-c', line, process.execPath, import.meta.resolve('tsx'), state], {
    cwd: dir.path,
    env: { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: '' },
  })
  await run.says('EMFILE true')
  await run.says('undefined false')
})

test('a parent without a descriptor leaves no state behind', {
  skip: !has('prlimit') && 'no prlimit',
}, async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { generation, launchChild, PARENT, saveState } from 'exit75'
      if (PARENT) launchChild()
      else {
        saveState('precious')
        setInterval(() => {}, 1000)
        console.log('ready', generation)
      }`,
    'tmp/.keep': '',
  })
  const run = start(t, ['app.mjs'], {
    cwd: dir.path,
    env: { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: '', EXIT75_STANDBY: '0' },
  })
  await run.says('ready 1')
  assert.equal(readdirSync(dir.file('tmp')).length, 2)
  const line = ['--pid', String(run.pid), `--nofile=${openFiles(run.pid) - 2}:`]
  assert.equal(spawnSync('prlimit', line).status, 0)
  run.signal('SIGTERM')
  await run.ended
  assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep'])
})

/** What parents and children do with the directory, again and again; a line begins it. */
const VICTIM = `
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { keep, readNewest } from '${REPOSITORY}/src/app/kept-state.ts'
import { bytesOf } from '${REPOSITORY}/src/app/state.ts'
import { removeStaleState } from '${REPOSITORY}/src/parent/held/stale-state.ts'
import { createStateDirectory } from '${REPOSITORY}/src/parent/held/state-directory.ts'
const dead = process.env.DEAD
for await (const _ of createInterface({ input: process.stdin })) {
  let kept = 0
  for (let round = 1; round <= 100; round += 1) {
    await removeStaleState()
    const state = createStateDirectory(process.cwd())
    // Refused where somebody else's has the name by then.
    try { keep(bytesOf('precious'), 1, state.directory); kept += 1 } catch {}
    if (!['precious', undefined].includes(readNewest(state.directory, 2))) throw new Error('not what was kept')
    state.remove()
    if (!existsSync(dead + '/precious')) throw new Error('something was removed')
    if (readdirSync(dirname(dead)).join() !== basename(dead)) throw new Error('something was written')
  }
  console.log('kept in', kept, 'rounds')
}`
