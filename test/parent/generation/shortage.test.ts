/** The parent lacks descriptors: it waits and says so, and takes no healthy app down. */
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { test } from 'node:test'
import { start, startCommand } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

/** The parent takes all descriptors that it may have, when a file says so, and gives them back when another does. */
const APP = `
  import { closeSync, existsSync, openSync } from 'node:fs'
  import { generation, launchChild, PARENT, shouldRestart } from 'exit75'
  import { version } from './version.mjs'
  if (PARENT) {
    launchChild({ standby: false })
    const taken = []
    setInterval(() => {
      if (existsSync('take') && !existsSync('give')) try { for (;;) taken.push(openSync('app.mjs')) } catch {}
      if (existsSync('give')) for (const fd of taken.splice(0)) closeSync(fd)
    }, 5).unref()
  } else {
    console.log('runs', generation, version)
    while (!shouldRestart()) await new Promise((resolve) => setTimeout(resolve, 5))
    while (!existsSync('take')) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 100))
    process.exit(75)
  }`

const skip = process.platform === 'win32' && 'no limit of descriptors'

test('no descriptor for the next child: it is tried again until there is one, or SIGTERM', {
  skip,
}, async (t) => {
  const dir = tempDir(t, { 'app.mjs': APP, 'version.mjs': "export const version = 'a'\n" })
  const app = startCommand(t, '/bin/sh', ['-c', `ulimit -n 64; exec "${process.execPath}" app.mjs`], {
    cwd: dir.path,
  })
  await app.says('runs 1 a')
  dir.write('version.mjs', "export const version = 'b'\n")
  dir.write('take', '')
  await app.says(/^\[exit75\] cannot start .*: EMFILE · trying again$/)
  dir.remove('take')
  dir.write('give', '')
  await app.says('runs 2 b')
  assert.equal(app.count(/trying again/), 1, app.output())

  dir.remove('give')
  dir.write('version.mjs', "export const version = 'c'\n")
  dir.write('take', '')
  await app.says(/^\[exit75\] cannot start .*: EMFILE · trying again$/)
  app.signal('SIGTERM')
  assert.deepEqual(await app.ended, { code: null, signal: 'SIGTERM' })
})

test('no descriptor for a standby: not a word, and the app runs on', { skip }, async (t) => {
  // It polls, and so is booted, when the parent has nothing left.
  const app = APP.replace('{ standby: false }', '').replace(
    "console.log('runs', generation, version)",
    `console.log('runs', generation, version)
    const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    // Not idle before that: an idle app has booted.
    if (generation === 1) { while (!existsSync('take')) pause(5); pause(200) }`,
  )
  const dir = tempDir(t, { 'app.mjs': app, 'version.mjs': "export const version = 'a'\n" })
  const run = startCommand(t, '/bin/sh', ['-c', `ulimit -n 64; exec "${process.execPath}" app.mjs`], {
    cwd: dir.path,
    env: { EXIT75_LOG: 'debug', EXIT75_STANDBY: '' },
  })
  await run.says('runs 1 a')
  dir.write('take', '')
  await run.says(/no standby: EMFILE/)
  dir.write('give', '')
  dir.remove('take')
  dir.write('version.mjs', "export const version = 'b'\n")
  dir.write('take', '')
  await run.says('runs 2 b')
})

test('what the system refuses for other reasons is told with the name of the program', {
  skip,
}, async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { launchChild } from 'exit75'
      await launchChild({ env: { LARGE: 'x'.repeat(200_000) } })`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.equal((await run.ended).code, 1)
  assert.equal(run.count(`Error: launchChild(): cannot start ${process.execPath}: E2BIG`), 1, run.output())
})

test('a working directory that is gone is named, and waited for', { skip }, async (t) => {
  const app = `
    import { generation, launchChild, PARENT, onRestart } from 'exit75'
    if (PARENT) launchChild({ standby: false })
    else { console.log('runs', generation); onRestart(() => {}); setInterval(() => {}, 1000) }`
  const dir = tempDir(t, { 'here/app.mjs': app })
  const run = start(t, ['app.mjs'], { cwd: dir.file('here') })
  await run.says('runs 1')
  renameSync(dir.file('here'), dir.file('away'))
  run.signal('SIGUSR2')
  await run.says(
    `[exit75] cannot start ${process.execPath}: the directory ${dir.file('here')} is gone · trying again`,
  )
  renameSync(dir.file('away'), dir.file('here'))
  await run.says('runs 2')
})
