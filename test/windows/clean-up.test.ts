/** How a program ends where no process can be sent a signal. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startCli } from '../helpers/cli.ts'
import { isAlive, start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

const CLEANS_UP = `
  process.on('SIGTERM', (name, number) => {
    console.log('cleaning up', name, number)
    setTimeout(() => { console.log('clean'); process.exit(3) }, 100)
  })
  setInterval(() => {}, 1000)`

test('a program that knows nothing of exit75 cleans up before each restart', async (t) => {
  const dir = tempDir(t, { 'app.mjs': `import './lib.mjs'\n${CLEANS_UP}\nconsole.log('up')`, 'lib.mjs': '1' })
  const run = startCli(t, ['app.mjs'], { cwd: dir.path })
  for (const edit of ['2', '3']) {
    await run.says('up')
    dir.write('lib.mjs', edit)
    await run.says('cleaning up SIGTERM 15')
    await run.says('clean')
  }
  await run.says('up')
})

test('a program that does not listen ends at once', async (t) => {
  const dir = tempDir(t, { 'app.mjs': "import './lib.mjs'\nconsole.log('up'); for (;;);", 'lib.mjs': '1' })
  const run = startCli(t, ['--kill-timeout', '1000000', 'app.mjs'], { cwd: dir.path })
  await run.says('up')
  dir.write('lib.mjs', '2')
  await run.says('up')
})

test('one that never ends its clean-up is killed after killTimeout', async (t) => {
  const dir = tempDir(t, {
    'app.mjs':
      "import './lib.mjs'\nprocess.on('SIGTERM', () => console.log('stays')); setInterval(() => {}, 9); console.log('up')",
    'lib.mjs': '1',
  })
  const run = startCli(t, ['--kill-timeout', '200', 'app.mjs'], { cwd: dir.path })
  await run.says('up')
  dir.write('lib.mjs', '2')
  await run.says('stays')
  await run.says('[exit75] still running 200 ms after the signal · sending SIGKILL')
  await run.says('up')
})

const app = (options: string, parent: string, child: string): string => `
  import { generation, launchChild, onRestart, PARENT } from 'exit75'
  import './lib.mjs'
  if (PARENT) { launchChild(${options}); ${parent} }
  else { ${child}; console.log('up', generation, process.pid) }`

test('after stopTimeout the listeners run, and not the default of the signal', async (t) => {
  const child = `onRestart(() => { console.log('restart'); return new Promise(() => {}) }); ${CLEANS_UP}`
  const dir = tempDir(t, { 'app.mjs': app('{ stopTimeout: 100 }', '', child), 'lib.mjs': '1' })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  await run.says('up 1')
  dir.write('lib.mjs', '2')
  await run.says('restart')
  await run.says('[exit75] the app did not exit within 100 ms (stopTimeout) · sending SIGTERM')
  await run.says('clean')
  await run.says('up 2')
})

for (const [what, how] of [
  ['exits', 'process.exit(9)'],
  ['fails', "throw new Error('failed')"],
] as const) {
  test(`the parent ${what}: the app cleans up before it is gone, too`, async (t) => {
    const parent = `setInterval(() => { if (existsSync('end')) ${how} }, 20)`
    const files = "import { existsSync } from 'node:fs'"
    const dir = tempDir(t, { 'app.mjs': files + app('', parent, CLEANS_UP), 'lib.mjs': '1' })
    const run = start(t, ['app.mjs'], { cwd: dir.path })
    const [, pid] = await run.says(/^up 1 (\d+)/)
    dir.write('end', '')
    await run.ended
    assert.equal(run.count('clean'), 1, run.output())
    assert.ok(!isAlive(Number(pid)))
  })
}

test('Ctrl-Break reaches both: the parent waits for the clean-up of the app, and ends as it has ended', async (t) => {
  // No process can send it here: each does to itself what the console does.
  const pressed = (then: string) => `setInterval(() => { if (existsSync('pressed')) ${then} }, 20)`
  const child = `
    process.once('SIGBREAK', () => setTimeout(() => { console.log('clean'); process.exit(3) }, 300))
    ${pressed("process.emit('SIGBREAK', 'SIGBREAK', 21)")}`
  const files = "import { existsSync } from 'node:fs'"
  const parent = pressed("if (!process.emit('SIGBREAK', 'SIGBREAK', 21)) process.exit(9)")
  const dir = tempDir(t, { 'app.mjs': files + app('', parent, child), 'lib.mjs': '1' })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  await run.says('up 1')
  dir.write('pressed', '')
  assert.deepEqual(await run.ended, { code: 3, signal: null })
  assert.equal(run.count('clean'), 1, run.output())
})

test('the parent is killed: the child ends with it, and the next start removes what they have left', async (t) => {
  const child = "saveState('kept'); setInterval(() => {}, 1000)"
  const dir = tempDir(t, {
    'app.mjs': app('', '', child).replace('onRestart', 'saveState'),
    'lib.mjs': '1',
    'tmp/keep': '',
  })
  const env = { TEMP: dir.file('tmp'), TMP: dir.file('tmp') }
  const states = () => {
    const [own] = readdirSync(dir.file('tmp')).filter((name) => name.startsWith('exit75'))
    return own === undefined ? [] : readdirSync(join(dir.file('tmp'), own))
  }
  const first = start(t, ['app.mjs'], { cwd: dir.path, env: { ...env, EXIT75_LOG: 'debug' } })
  const [, pid] = await first.says(/^up 1 (\d+)/)
  // Whoever is killed in the middle of CreateProcess() may leave a process behind that never begins.
  await first.says(/^\[exit75\] standby \d+ is ready/)
  const [left] = states()
  assert.ok(left !== undefined)
  first.signal('SIGKILL')
  await first.ended
  await until('the child is gone', first.output, () => !isAlive(Number(pid)))
  const second = start(t, ['app.mjs'], { cwd: dir.path, env })
  await second.says('up 1')
  await until('the old state is gone', second.output, () => !states().includes(left))
})

test('codes are those of plain Node: of an exit, an error, and of Windows itself', (t) => {
  for (const end of [
    'process.exit(5)',
    "throw new Error('x')",
    'process.exit(0xc000013a)',
    'process.abort()',
  ]) {
    const dir = tempDir(t, {
      'plain.mjs': end,
      'app.mjs': `import { launchChild, PARENT } from 'exit75'\nif (PARENT) launchChild()\nelse { ${end} }`,
    })
    const [plain, ours] = ['plain.mjs', 'app.mjs'].map(
      (file) => spawnSync(process.execPath, [file], { cwd: dir.path }).status,
    )
    assert.equal(ours, plain, end)
  }
})
