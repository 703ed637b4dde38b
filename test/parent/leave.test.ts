import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const by = (signal: NodeJS.Signals) => `process.kill(process.pid, '${signal}'); setInterval(() => {}, 9)`

for (const [child, exit] of [
  ['', { code: 0, signal: null }],
  ['process.exit(0)', { code: 0, signal: null }],
  ['process.exit(1)', { code: 1, signal: null }],
  ['process.exit(7)', { code: 7, signal: null }],
  ['process.exitCode = 74', { code: 74, signal: null }],
  ['process.exit(255)', { code: 255, signal: null }],
  ['process.exit(generation === 1 ? 75 : 3)', { code: 3, signal: null }],
  ["throw new Error('uncaught')", { code: 1, signal: null }],
  ["Promise.reject(new Error('unhandled'))", { code: 1, signal: null }],
  ['await new Promise(() => {})', { code: 13, signal: null }],
  [by('SIGTERM'), { code: null, signal: 'SIGTERM' }],
  [by('SIGINT'), { code: null, signal: 'SIGINT' }],
  [by('SIGHUP'), { code: null, signal: 'SIGHUP' }],
  [by('SIGQUIT'), { code: null, signal: 'SIGQUIT' }],
  [by('SIGKILL'), { code: null, signal: 'SIGKILL' }],
  [by('SIGSEGV'), { code: null, signal: 'SIGSEGV' }],
  [by('SIGBUS'), { code: null, signal: 'SIGBUS' }],
  [by('SIGUSR2'), { code: null, signal: 'SIGUSR2' }],
  [by('SIGALRM'), { code: null, signal: 'SIGALRM' }],
  ['process.abort()', { code: null, signal: 'SIGABRT' }],
  // Node ignores SIGPIPE, in the parent too: it ends as a shell would show it.
  ["spawnSync('kill', ['-PIPE', `${process.pid}`]); process.exit(141)", { code: 141, signal: null }],
] as const) {
  test(`${child || 'an app that comes to its end'}: the parent ends with ${exit.signal ?? exit.code}`, async (t) => {
    const dir = tempDir(t, {
      'app.mjs': `
        import { spawnSync } from 'node:child_process'
        import { PARENT, generation, launchChild } from 'exit75'
        if (PARENT) launchChild()
        else { console.log('child', generation); ${child} }`,
      'tmp/.keep': '',
    })
    const run = start(t, ['app.mjs'], { cwd: dir.path, env: { TMPDIR: dir.file('tmp') } })
    assert.deepEqual(await run.ended, exit)
    assert.ok(run.count('child 1') === 1, run.output())
    assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep'])
  })
}

test('the last words of the child are complete before the parent ends', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else { for (let n = 0; n < 5000; n += 1) console.log('line', n); process.exitCode = 5 }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 5, signal: null })
  assert.equal(run.count('line'), 5000)
})

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
        process.exit(generation < 3 ? 75 : 6)
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  t.after(() => {
    for (const [, pid] of run.output().matchAll(/left (\d+)/g)) process.kill(Number(pid), 'SIGKILL')
  })
  assert.deepEqual(await run.ended, { code: 6, signal: null })
  assert.equal(run.count('left'), 3)
})
