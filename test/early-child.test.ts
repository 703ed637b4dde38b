/**
 * The first child boots before the command, or launchChild(), knows that it is the right one: what if it is not, or either of
 * them ends.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startCli } from './helpers/cli.ts'
import { startedWith } from './helpers/proc.ts'
import { type Run, start } from './helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from './helpers/temp-dir.ts'
import { CTRL_C, terminal } from './helpers/terminal.ts'
import { until } from './helpers/until.ts'

/** Only where it is seen from outside with which environment a process was started. */
const skip = process.platform !== 'linux'

const APP = `
require('./edited.cjs')
const { readFileSync } = require('node:fs')
const [, value = ''] = /\\0EXIT75=([^\\0]*)/.exec('\\0' + readFileSync('/proc/self/environ', 'utf8')) ?? []
const seen = ['EXIT75', 'NAME'].map((name) => process.env[name] ?? '-').join(' ')
console.log('runs', /^\\d+:later$/.test(value) ? 'early' : 'late', seen, process.execArgv.join(' '))
console.log('of', process.ppid, process.argv.slice(1).join(' '))
process.stdin.resume()
`
const appDir = (t: Parameters<typeof tempDir>[0], files: Record<string, string> = {}): TempDir =>
  tempDir(t, { 'package.json': '{}', 'app.cjs': APP, 'edited.cjs': '', ...files })

/** The Node processes that run the app, or are about to. */
const processes = (dir: TempDir): number[] =>
  startedWith(join(REPOSITORY, 'dist/preload.cjs'), dir.file('app.cjs'))

const noneIsLeft = (dir: TempDir): Promise<unknown> =>
  until(
    'no process is left',
    () => processes(dir).join(),
    () => processes(dir).length === 0,
  )
/** The app has run once, and no other process is left that was to run it. */
async function isOnlyOne(run: Run, dir: TempDir): Promise<void> {
  assert.equal(run.count('runs'), 1)
  await until(
    'one process is left',
    () => processes(dir).join(),
    () => processes(dir).length === 1,
  )
}

/** Its bit in the masks of proc(5). */
const SIGUSR1 = 1n << 9n
const WITHOUT_STANDBY = { EXIT75_STANDBY: '0' }

test('it is the first generation of a JavaScript file, which does not see it', { skip }, async (t) => {
  const dir = appDir(t)
  const run = startCli(t, ['app.cjs', '--flag', 'a b'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await run.says('runs early - - ')
  await run.says(`of ${run.pid} ${dir.file('app.cjs')} --flag a b`)
  assert.equal(processes(dir).length, 1)
  dir.write('edited.cjs', '//')
  await run.says('runs late - - ')
})

const OTHERWISE: Record<
  string,
  { args?: string[]; files?: Record<string, string>; env?: object; says: string }
> = {
  'with an option': { args: ['--settle', '5', 'app.cjs'], says: 'runs late - - ' },
  "with a flag of Node's": { args: ['--no-warnings', 'app.cjs'], says: 'runs late - - --no-warnings' },
  'with NODE_OPTIONS': { env: { NODE_OPTIONS: '--no-warnings' }, says: 'runs late - - ' },
  'with a variable in the configuration': {
    files: { 'exit75.config.json': '{"env":{"NAME":"value"}}' },
    says: 'runs late - value ',
  },
  'with a socket': { files: { 'exit75.config.json': '{"listen":[0]}' }, says: 'runs late - - ' },
  'with a flag in its first line': {
    files: { 'app.cjs': `#!/usr/bin/env -S node --no-warnings\n${APP}` },
    says: 'runs late - - --no-warnings',
  },
  'as it is, with a configuration that changes nothing of its start': {
    files: { 'exit75.config.json': '{"settle":5}' },
    says: 'runs early - - ',
  },
}
for (const [what, { args = ['app.cjs'], files = {}, env = {}, says }] of Object.entries(OTHERWISE))
  test(`a program ${what} runs once, and nothing else does`, { skip }, async (t) => {
    const dir = appDir(t, files)
    const run = startCli(t, args, { cwd: dir.path, env: { ...WITHOUT_STANDBY, ...env } })
    await run.says(says.trimEnd())
    await run.says(/watching the files/)
    await isOnlyOne(run, dir)
  })

test('a configuration with a fault ends the command as before, and nothing is left', { skip }, async (t) => {
  const dir = appDir(t, { 'exit75.config.json': '{"settle":"x"}' })
  const run = startCli(t, ['app.cjs'], { cwd: dir.path })
  const { code } = await run.ended
  assert.equal(code, 2)
  assert.match(run.output(), /^\[exit75\] \S*exit75\.config\.json: "settle" .*\n$/)
  await noneIsLeft(dir)
})

/** The command reads its configuration from a pipe that nobody writes to yet, while the child waits for it. */
async function waiting(t: Parameters<typeof tempDir>[0]): Promise<{ dir: TempDir; run: Run; child: number }> {
  const dir = appDir(t)
  spawnSync('mkfifo', [dir.file('exit75.config.json')])
  const run = startCli(t, ['app.cjs'], { cwd: dir.path })
  const [child = 0] = await until('a process waits', run.output, () => {
    const all = processes(dir)
    return all.length > 0 && all
  })
  return { dir, run, child }
}

test('it ends with the command, before any code of the program has run', { skip }, async (t) => {
  const { dir, run } = await waiting(t)
  run.signal('SIGKILL')
  await run.ended
  await noneIsLeft(dir)
  assert.equal(run.output(), '')
})

// The command reads synchronously, so it learns of that too late to start another one.
test('if it is killed meanwhile, that counts as the end of the program', { skip }, async (t) => {
  const { dir, run, child } = await waiting(t)
  process.kill(child, 'SIGKILL')
  writeFileSync(dir.file('exit75.config.json'), '{}')
  await run.says(/the app was killed by SIGKILL/)
  dir.write('app.cjs', `${APP}//`)
  await run.says('runs late')
})

test('it is not there while a program waits for its first change', { skip }, async (t) => {
  const dir = appDir(t, { 'exit75.config.json': '{"postpone":true}' })
  const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await run.says(/waiting for a change before the first run/)
  await noneIsLeft(dir)
  run.signal('SIGUSR2')
  await run.says('runs late')
})

test('a program in the place of the command does not have it as a child', { skip }, async (t) => {
  const dir = appDir(t, {
    'exit75.config.json': '{"exec":true}',
    'app.cjs': `
      const { readFileSync } = require('node:fs')
      console.log('children', readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8') || 'none')`,
  })
  const run = startCli(t, ['app.cjs'], { cwd: dir.path })
  await run.says('children none')
})

for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const)
  test(`${signal} at the first line of the program is not lost`, { skip }, async (t) => {
    const dir = appDir(t, {
      'app.cjs': `
        for (const name of ['SIGUSR1', 'SIGHUP']) process.on(name, () => console.log('heard', name))
        console.log('runs', process.ppid)
        setInterval(() => {}, 1000)`,
    })
    const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
    await run.says('runs')
    run.signal(signal)
    await run.says(signal === 'SIGUSR2' ? 'runs' : `heard ${signal}`)
  })

test('what the parent writes after the configuration is read by the thread', { skip }, async (t) => {
  const { dir, run, child } = await waiting(t)
  process.kill(child, 'SIGSTOP')
  writeFileSync(dir.file('exit75.config.json'), '{"killTimeout":60000}')
  await run.says(/watching the files/)
  run.signal('SIGUSR2') // the parent sends it as a message
  process.kill(child, 'SIGCONT')
  await run.says('runs late') // the other one was ended before its first line, or after it
})

test('a signal that Node itself handles does not end it', { skip }, async (t) => {
  const { dir, run, child } = await waiting(t)
  await until('Node listens to it', run.output, () => {
    const [, caught = '0'] = /^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${child}/status`, 'utf8')) ?? []
    return (BigInt(`0x${caught}`) & SIGUSR1) !== 0n
  })
  process.kill(child, 'SIGUSR1') // starts the debugger
  writeFileSync(dir.file('exit75.config.json'), '{}')
  await run.says('runs early')
})

/** An entry that launches itself. `options` is an expression; `before` and `after` run around the call, in the parent alone. */
const LAUNCHES = (options = '', { before = '', after = '' } = {}) => `
const { PARENT, launchChild, onRestart } = require('exit75')
if (PARENT) {
  ${before}
  launchChild(${options}).then((ending) => console.log('over', JSON.stringify(ending)), (error) => console.log('rejected', error.message))
  ${after}
} else {
  onRestart(() => process.stdin.pause())
  ${APP.trim().replaceAll('\n', '\n  ')}
}`

test('by launchChild(), too, it is the first generation', { skip }, async (t) => {
  const dir = appDir(t, { 'app.cjs': LAUNCHES() })
  const run = start(t, ['app.cjs', '--flag'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await run.says('runs early - - ')
  await run.says(`of ${run.pid} ${dir.file('app.cjs')} --flag`)
  assert.equal(processes(dir).length, 1)
  dir.write('edited.cjs', '//')
  await run.says('runs late - - ')
})

const BY_THE_ENTRY: Record<
  string,
  { app: string; flags?: string[]; files?: Record<string, string>; env?: object; says: string }
> = {
  'changes its directory and its environment before': {
    app: LAUNCHES('', { before: "process.chdir('/'); process.env.NAME = 'of the parent'" }),
    says: 'runs early - - ',
  },
  'gives options that change nothing of the start': {
    app: LAUNCHES('{ settle: 5 }'),
    says: 'runs early - - ',
  },
  'gives a variable': { app: LAUNCHES("{ env: { NAME: 'value' } }"), says: 'runs late - value ' },
  'gives an address': { app: LAUNCHES('{ listen: [0] }'), says: 'runs late - - ' },
  "has a flag of Node's": { app: LAUNCHES(), flags: ['--no-warnings'], says: 'runs late - - --no-warnings' },
  'had NODE_OPTIONS, and has removed them': {
    app: `delete process.env.NODE_OPTIONS;${LAUNCHES()}`,
    env: { NODE_OPTIONS: '--no-warnings' },
    says: 'runs late - - ',
  },
  'changes its rights after the call': {
    app: LAUNCHES('', { after: 'process.umask(0o077)' }),
    says: 'runs late - - ',
  },
  'replaces standard input after the call': {
    app: LAUNCHES('', { after: "const fs = require('fs'); fs.closeSync(0); fs.openSync('package.json')" }),
    says: 'runs late - - ',
  },
  'has a configuration with a variable': {
    app: LAUNCHES(),
    files: { 'exit75.config.json': '{"env":{"NAME":"value"}}' },
    says: 'runs late - value ',
  },
}
for (const [what, { app, flags = [], files = {}, env = {}, says }] of Object.entries(BY_THE_ENTRY))
  test(`an entry that ${what} runs once in a child, and nothing else does`, { skip }, async (t) => {
    const dir = appDir(t, { 'app.cjs': app, ...files })
    const run = start(t, ['app.cjs'], {
      cwd: dir.path,
      env: { ...WITHOUT_STANDBY, ...env },
      flags,
    })
    await run.says(says.trimEnd())
    await run.says(/of \d+ /)
    await isOnlyOne(run, dir)
  })

test('a call that is refused leaves no process', { skip }, async (t) => {
  const dir = appDir(t, { 'app.cjs': LAUNCHES('{ settel: 5 }', { after: 'setInterval(() => {}, 1000)' }) })
  const run = start(t, ['app.cjs'], { cwd: dir.path })
  await run.says(/rejected .*settel/)
  assert.deepEqual(processes(dir), [])
  assert.equal(run.count('runs'), 0)
})

test('it ends with a program that exits at once after the call', { skip }, async (t) => {
  const dir = appDir(t, { 'app.cjs': LAUNCHES('', { after: 'process.exit(3)' }) })
  const run = start(t, ['app.cjs'], { cwd: dir.path })
  assert.equal((await run.ended).code, 3)
  await noneIsLeft(dir)
  assert.equal(run.count('runs'), 0)
})

test('a second call after the end of the first has one of its own', { skip }, async (t) => {
  const dir = appDir(t, {
    'app.cjs': LAUNCHES('{ exit: false }', { after: '' })
      .replace('process.stdin.resume()', '')
      .replace(
        "console.log('over', JSON.stringify(ending))",
        "launchChild({ exit: false }).then(() => console.log('over'))",
      ),
  })
  const run = start(t, ['app.cjs'], { cwd: dir.path })
  await run.says('runs early')
  await run.says('runs early')
  await run.says('over')
  await run.ended
})

test('what the parent writes after the call is not taken for a file that the program has made', {
  skip,
}, async (t) => {
  const dir = appDir(t, {
    '.conf/other.cjs': '', // in such a directory, what a program makes is never an edit
    'app.cjs': `
      const { PARENT, launchChild, onRestart } = require('exit75')
      if (PARENT) {
        launchChild()
        require('node:fs').writeFileSync('.conf/made.cjs', 'module.exports = 1')
      } else {
        console.log('made', require('./.conf/made.cjs'))
        onRestart(() => process.stdin.pause())
        process.stdin.resume()
      }`,
  })
  const run = start(t, ['app.cjs'], { cwd: dir.path })
  await run.says('made 1')
  dir.write('.conf/made.cjs', 'module.exports = 2')
  await run.says('made 2')
})

test('Ctrl-C before the program runs ends it, also where the entry listens for it', { skip }, async (t) => {
  const dir = appDir(t, {
    'bin/stty': '#!/bin/sh\nuntil [ -e go ]; do sleep 0.01; done\nPATH=/usr/bin:/bin exec stty "$@"\n',
    'app.cjs': `
      const { PARENT, launchChild } = require('exit75')
      if (PARENT) {
        process.on('SIGINT', () => console.log('heard'))
        launchChild()
        setTimeout(() => console.log('called'), 100) // by then it waits for the terminal's settings
      } else console.log('runs')`,
  })
  chmodSync(dir.file('bin/stty'), 0o755)
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter(`PATH="$PWD/bin:$PATH" $NODE app.cjs`)
  await shell.says('called')
  shell.type(CTRL_C)
  await shell.says('heard')
  dir.write('go', '')
  assert.equal(await shell.prompt(), 130)
  assert.equal(shell.count('runs'), 0)
})
