import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { test } from 'node:test'
import { leave } from '../../src/parent/leave.ts'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const by = (signal: NodeJS.Signals) => `process.kill(process.pid, '${signal}'); setInterval(() => {}, 9)`
const LAST_WORDS = "for (let n = 0; n < 5000; n += 1) console.log('line', n); process.exitCode = 5"

for (const [what, child, exit] of [
  ['its code, and its last words are complete', LAST_WORDS, { code: 5, signal: null }],
  ['1 after an error', "throw new Error('uncaught')", { code: 1, signal: null }],
  ['SIGKILL', by('SIGKILL'), { code: null, signal: 'SIGKILL' }],
  // For which the parent listens itself.
  ['SIGUSR2', by('SIGUSR2'), { code: null, signal: 'SIGUSR2' }],
  // Node reports these as an exit with 0. Where the system does not tell which it was, it is 128.
  ...[34, 40, 64].map(
    (signal) =>
      [
        `the code of a shell after the real-time signal ${signal}`,
        `spawnSync('kill', ['-${signal}', String(process.pid)]); setInterval(() => {}, 9)`,
        { code: process.platform === 'linux' ? 128 + signal : 128, signal: null },
      ] as const,
  ),
  ['0, without listeners', "process.removeAllListeners('exit')", { code: 0, signal: null }],
] as const) {
  test(`the parent ends as the app did: by ${what}`, async (t) => {
    const dir = tempDir(t, {
      'app.mjs': `
        import { spawnSync } from 'node:child_process'
        import { PARENT, launchChild } from 'exit75'
        if (PARENT) launchChild()
        else { console.log('child'); ${child} }`,
      'tmp/.keep': '',
    })
    const run = start(t, ['app.mjs'], {
      cwd: dir.path,
      env: { TMPDIR: dir.file('tmp'), EXIT75_STANDBY: '0' },
    })
    assert.deepEqual(await run.ended, exit)
    assert.equal(run.count('child'), 1, run.output())
    assert.equal(run.count('line'), child === LAST_WORDS ? 5000 : 0)
    assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep'])
  })
}

test('a process that the app leaves behind does not hold up the parent, nor a restart', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { spawn } from 'node:child_process'
      import { PARENT, generation, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else {
        const daemon = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' })
        daemon.unref()
        console.log('left', daemon.pid, 'behind')
        process.exit(generation < 2 ? 75 : 6)
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  t.after(() => {
    for (const [, pid] of run.output().matchAll(/left (\d+)/g)) process.kill(Number(pid), 'SIGKILL')
  })
  assert.deepEqual(await run.ended, { code: 6, signal: null })
  assert.equal(run.count('left'), 2)
})

class Left extends Error {}

for (const code of [0, 1, 3, 7, 13, 74, 141, 255])
  test(`leaves with ${code}`, (t) => {
    const exit = t.mock.method(process, 'exit', () => {
      throw new Left()
    })
    assert.throws(() => leave({ code, signal: null }), Left)
    assert.deepEqual(exit.mock.calls[0]?.arguments, [code])
  })

for (const signal of [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGKILL',
  'SIGSEGV',
  'SIGBUS',
  'SIGUSR2',
  'SIGALRM',
  'SIGABRT',
] as const)
  test(`leaves by ${signal}, or where it does not arrive with the code of a shell`, (t) => {
    let late = () => {}
    t.mock.method(globalThis, 'setTimeout', (act: () => void) => (late = act))
    const kill = t.mock.method(process, 'kill', () => true)
    const exit = t.mock.method(process, 'exit', () => {})
    void leave({ code: null, signal })
    assert.deepEqual(kill.mock.calls[0]?.arguments, [process.pid, signal])
    assert.equal(exit.mock.callCount(), 0)
    late()
    assert.deepEqual(exit.mock.calls[0]?.arguments, [128 + constants.signals[signal]])
  })
