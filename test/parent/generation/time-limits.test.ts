import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCli } from '../../helpers/cli.ts'
import { isAlive, type Run, start } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

function app(t: Test, child: string, options = ''): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, onRestart, restartSignal } from 'exit75'
      import './version.mjs'
      if (PARENT) launchChild({ ${options} })
      else {
        const stay = setInterval(() => {}, 1000)
        ${child}
        console.log('ready', generation, process.pid)
      }`,
    'version.mjs': '// 1',
  })
}

const begin = (t: Test, dir: TempDir): Run =>
  start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })

const SLOW = `onRestart(async () => {
  console.log('closing', generation)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  console.log('closed', generation)
})
process.on('SIGTERM', () => console.log('got SIGTERM'))`

test('nothing cuts a shutdown short, however often the file is saved', async (t) => {
  const dir = app(t, SLOW)
  const run = begin(t, dir)
  await run.says('ready 1')
  dir.write('version.mjs', '// 0')
  await run.says('closing 1')
  for (let save = 1; run.count('closed 1') === 0; save += 1) {
    dir.write('version.mjs', `// ${save}`)
    if (save % 5 === 0) run.signal('SIGUSR2')
    await sleep(100)
  }
  await run.says('ready 2')
  assert.equal(run.count('closing'), 1)
  assert.equal(run.count('got SIGTERM'), 0)
  assert.equal(run.count('ready'), 2)
})

test('stopTimeout: SIGTERM, so that the clean-up for it runs, and then the restart; no save makes it longer', async (t) => {
  const dir = app(
    t,
    `restartSignal.addEventListener('abort', () => console.log('asked'))
     process.on('SIGTERM', () => { console.log('got SIGTERM'); process.exit(0) })`,
    'stopTimeout: 400',
  )
  const run = begin(t, dir)
  await run.says('ready 1')
  await sleep(500) // it does not run before the app is asked
  dir.write('version.mjs', '// 2')
  await run.says('asked')
  const saves = setInterval(() => dir.write('version.mjs', `// ${performance.now()}`), 100)
  t.after(() => clearInterval(saves))
  await run.says('[exit75] the app did not exit within 400 ms (stopTimeout) · sending SIGTERM')
  clearInterval(saves)
  await run.says('got SIGTERM')
  await run.says('[exit75] version.mjs changed · restarted in')
  await run.says('ready 2')
  assert.equal(run.count('got SIGTERM'), 1)
  assert.equal(run.count('[exit75] the app did not exit'), 1)
})

// That killTimeout, if it is given, also limits the shutdown after a signal is a row of child-state.test.ts.
test('stopTimeout and killTimeout: an app that ignores SIGTERM is killed, and restarted', async (t) => {
  const dir = app(t, `process.on('SIGTERM', () => {})`, 'stopTimeout: 200, killTimeout: 300')
  const run = begin(t, dir)
  const [, pid] = await run.says(/ready 1 (\d+)/)
  dir.write('version.mjs', '// 2')
  await run.says('[exit75] still running 300 ms after the signal · sending SIGKILL')
  await run.says('ready 2')
  assert.equal(isAlive(Number(pid)), false)
})

test('without them neither has a limit, and after five seconds one line says what is waited for', async (t) => {
  const dir = app(
    t,
    `process.on('SIGUSR1', () => process.exit(75))
     process.on('SIGTERM', () => setTimeout(() => process.exit(3), 6500))`,
  )
  const run = begin(t, dir)
  const [, pid] = await run.says(/ready 1 (\d+)/)
  dir.write('version.mjs', '// 2')
  await run.says(/\[exit75\] waiting for the app to exit for the restart · \d s/)
  dir.write('version.mjs', '// 3')
  process.kill(Number(pid), 'SIGUSR1')
  await run.says('ready 2')
  assert.equal(run.count('[exit75] waiting'), 1)
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: 3, signal: null })
  assert.equal(run.count(/\[exit75\] waiting for the app to end after SIGTERM · \d s/), 1)
  assert.equal(run.count('[exit75] waiting'), 2, run.output())
})

test('a change after the end of a command is for the next one: nothing is killed for it', async (t) => {
  const dir = tempDir(t, { 'a.txt': '1' })
  const run = startCli(t, ['--kill-timeout', '100', '--', 'sh', '-c', 'echo started; exit 1'], {
    cwd: dir.path,
  })
  await run.says('started')
  await run.says('[exit75] the app exited with 1 · waiting for a change')
  dir.write('a.txt', '2')
  await run.says('[exit75] the app exited with 1 · waiting for a change')
  await sleep(300) // the limit is over by then
  assert.equal(run.count(/SIGKILL/), 0, run.output())
})
