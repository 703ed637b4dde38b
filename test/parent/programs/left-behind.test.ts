/** What a program has started ends with it, when it is ended by a signal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCli } from '../../helpers/cli.ts'
import { isAlive, start } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

/** Each helper has a session of its own, so that Ctrl-C does not reach it. */
const PROGRAM = `
import { spawn } from 'node:child_process'
import { version } from './version.mjs'
const helper = (what, command, ...args) => {
  const { pid } = spawn(command, args, { stdio: 'inherit', detached: true })
  console.log(what, version, pid)
}
helper('helper', 'sleep', '1000')
helper('deaf', 'sh', '-c', 'trap "" TERM; echo does not hear; exec sleep 1000')
setInterval(() => {}, 1000)`

const version = (text: string) => `export const version = '${text}'\n`
const WITHOUT_STANDBY = { EXIT75_STANDBY: '0' }

test('a helper is gone before the next generation, and at the end; killed if it ignores SIGTERM', async (t) => {
  const dir = tempDir(t, { 'app.mjs': PROGRAM, 'version.mjs': version('a') })
  const app = startCli(t, ['--kill-timeout', '300', 'app.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  const helpers = async (text: string) => {
    const pids = []
    for (const what of ['helper', 'deaf'])
      pids.push(Number((await app.says(new RegExp(`^${what} ${text} (\\d+)$`)))[1]))
    await until('both run', app.output, () => app.count('does not hear') === (text === 'a' ? 1 : 2))
    return pids
  }
  const first = await helpers('a')
  dir.write('version.mjs', version('b'))
  const second = await helpers('b')
  assert.deepEqual(first.filter(isAlive), [])
  app.signal('SIGTERM')
  await app.ended
  await until('all helpers are gone', app.output, () => !second.some(isAlive))
})

test('a cooperative app decides for itself', async (t) => {
  const dir = tempDir(t, {
    'version.mjs': version('a'),
    'app.mjs': `
      import { spawn } from 'node:child_process'
      import { generation, launchChild, PARENT, shouldRestart } from 'exit75'
      import { version } from './version.mjs'
      if (PARENT) launchChild()
      else {
        if (generation === 1) {
          const helper = spawn('sleep', ['1000'], { stdio: 'inherit', detached: true })
          console.log('helper', helper.pid)
          helper.unref()
        }
        console.log('runs', generation, version)
        while (!shouldRestart()) await new Promise((resolve) => setTimeout(resolve, 5))
        process.exit(75)
      }`,
  })
  const app = start(t, ['app.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  const pid = Number((await app.says(/^helper (\d+)$/))[1])
  dir.write('version.mjs', version('b'))
  try {
    await app.says('runs 2 b')
    assert.equal(isAlive(pid), true)
  } finally {
    process.kill(pid, 'SIGKILL') // it holds the output, whose end is waited for
  }
})
