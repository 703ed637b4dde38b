import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '../../helpers/listeners.ts'
import { start } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

const APP = {
  'app.mjs': `
    import inspector from 'node:inspector'
    import { PARENT, generation, launchChild } from 'exit75'
    if (PARENT) { launchChild(); process.on('exit', () => console.log('parent', inspector.url())) }
    else {
      console.log('child', generation, inspector.url())
      process.exit(generation < 3 ? 75 : 0)
    }`,
}

test("--inspect=port: the port is the child's, in every generation", async (t) => {
  const port = await freePort()
  const run = start(t, ['app.mjs'], { cwd: tempDir(t, APP).path, flags: [`--inspect=${port}`] })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('parent undefined'), 1, run.output())
  for (const generation of [1, 2, 3])
    assert.equal(run.count(`child ${generation} ws://127.0.0.1:${port}`), 1, run.output())
  assert.equal(run.count(/address already in use/), 0)
})

test('--inspect=0: each child has a port of its own', async (t) => {
  const run = start(t, ['app.mjs'], { cwd: tempDir(t, APP).path, flags: ['--inspect=0'] })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('parent undefined'), 1, run.output())
  assert.equal(run.count(/child \d ws:\/\/127\.0\.0\.1:\d+\//), 3, run.output())
})

test('--inspect in NODE_OPTIONS is the same', async (t) => {
  const port = await freePort()
  const run = start(t, ['app.mjs'], { cwd: tempDir(t, APP).path, env: { NODE_OPTIONS: `--inspect=${port}` } })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count(/child \d ws:\/\/127\.0\.0\.1:\d+\//), 3, run.output())
})

for (const flags of [['--watch'], ['--watch-path=.'], ['--watch', '--watch-preserve-output']]) {
  test(`node ${flags.join(' ')} is refused with the reason`, async (t) => {
    const run = start(t, ['app.mjs'], { cwd: tempDir(t, APP).path, flags })
    await run.says(/launchChild\(\): the program runs under node --watch.*, which would restart it as well/)
    assert.equal(run.count('child'), 0)
    run.signal('SIGTERM')
    await run.ended
  })
}
