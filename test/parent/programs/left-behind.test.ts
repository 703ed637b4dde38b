/** What a program has started ends with it, when it is ended by a signal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCli } from '../../helpers/cli.ts'
import { isAlive, start } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

/** Holds the port, in a session of its own, and is deaf to Ctrl-C. */
const HELPER = `
  import { createServer } from 'node:net'
  createServer().on('error', (error) => { console.log(error.code); process.exit(1) })
    .listen(Number(process.argv[2]), () => console.log('helper', process.pid, process.argv[3]))`
const PROGRAM = `
  import { spawn } from 'node:child_process'
  import { version } from './version.mjs'
  spawn(process.execPath, ['helper.mjs', process.env.PORT, version], { stdio: 'inherit', detached: true })
  setInterval(() => {}, 1000)`

const files = (program = PROGRAM) => ({
  'helper.mjs': HELPER,
  'app.mjs': program,
  'version.mjs': "export const version = 'a'\n",
})

test('a helper that holds the port is gone before the next generation, and at the end', async (t) => {
  const { freePort } = await import('../../helpers/listeners.ts')
  const dir = tempDir(t, files())
  const app = startCli(t, ['app.mjs'], { cwd: dir.path, env: { PORT: String(await freePort()) } })
  const pids = [Number((await app.says(/^helper (\d+) a$/))[1])]
  for (const version of ['b', 'c', 'd']) {
    dir.write('version.mjs', `export const version = '${version}'\n`)
    pids.push(Number((await app.says(new RegExp(`^helper (\\d+) ${version}$`)))[1]))
  }
  assert.equal(app.count('EADDRINUSE'), 0, app.output())
  app.signal('SIGTERM')
  await app.ended
  await until('all helpers are gone', app.output, () => !pids.some(isAlive))
})

test('one that ignores SIGTERM is killed after killTimeout', async (t) => {
  const dir = tempDir(t, {
    ...files(),
    'helper.mjs':
      "process.on('SIGTERM', () => console.log('no')); console.log('helper', process.pid); setInterval(() => {}, 1000)",
  })
  const app = startCli(t, ['--kill-timeout', '300', 'app.mjs'], { cwd: dir.path, env: { PORT: '0' } })
  const pid = Number((await app.says(/^helper (\d+)$/))[1])
  dir.write('version.mjs', "export const version = 'b'\n")
  await app.says('no')
  await app.says(/^helper (\d+)$/)
  assert.equal(isAlive(pid), false)
})

test('a cooperative app decides for itself', async (t) => {
  const dir = tempDir(t, {
    'helper.mjs': "console.log('helper', process.pid); setInterval(() => {}, 1000)",
    'version.mjs': "export const version = 'a'\n",
    'app.mjs': `
      import { spawn } from 'node:child_process'
      import { generation, launchChild, PARENT, shouldRestart } from 'exit75'
      import { version } from './version.mjs'
      if (PARENT) launchChild()
      else {
        if (generation === 1) spawn(process.execPath, ['helper.mjs'], { stdio: 'inherit', detached: true }).unref()
        console.log('runs', generation, version)
        while (!shouldRestart()) await new Promise((resolve) => setTimeout(resolve, 5))
        process.exit(75)
      }`,
  })
  const app = start(t, ['app.mjs'], { cwd: dir.path })
  const pid = Number((await app.says(/^helper (\d+)$/))[1])
  t.after(() => process.kill(pid, 'SIGKILL'))
  dir.write('version.mjs', "export const version = 'b'\n")
  await app.says('runs 2 b')
  assert.equal(isAlive(pid), true)
})
