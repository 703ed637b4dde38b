/** A program that a bundler has put into one file, with exit75 in it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildSync } from 'esbuild'
import { start } from './helpers/start.ts'
import { type TempDir, tempDir } from './helpers/temp-dir.ts'

const APP = `
import { PARENT, changes, drain, generation, launchChild, listenOn, restartSignal, saveState, shouldRestart, watch } from 'exit75'
import { createServer } from 'node:http'
console.log('runs', PARENT, generation, shouldRestart(), restartSignal.aborted, changes().length)
if (PARENT) launchChild().catch(({ message }) => console.log(message))
else {
  saveState(1)
  watch('app.js')()
  const server = createServer().listen(listenOn(0), async () => {
    await drain(server)
    console.log('drained')
  })
}
`

for (const [format, out] of [
  ['esm', 'bundle.mjs'],
  ['cjs', 'bundle.cjs'],
] as const) {
  const bundled = (t: Parameters<typeof tempDir>[0]): TempDir => {
    const dir = tempDir(t, { 'app.js': APP, 'package.json': '{"type":"module"}' })
    buildSync({
      absWorkingDir: dir.path,
      entryPoints: ['app.js'],
      outfile: out,
      bundle: true,
      platform: 'node',
      format,
      logLevel: 'error',
      logOverride: { 'empty-import-meta': 'silent' },
    })
    dir.remove('node_modules/exit75')
    return dir
  }

  test(`bundled as ${format}, with EXIT75=off: everything does nothing`, async (t) => {
    const run = start(t, [out], { cwd: bundled(t).path, env: { EXIT75: 'off' } })
    assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
    assert.equal(run.output(), 'runs false 0 false false 0\ndrained\n')
  })

  test(`bundled as ${format}: launchChild() says in one line what is missing, and what to do`, async (t) => {
    const run = start(t, [out], { cwd: bundled(t).path })
    assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
    assert.match(
      run.output(),
      /^runs true 0 .*\nlaunchChild\(\): exit75's own file parent\.cjs is missing, because a bundler .*--external:exit75.*\n$/,
    )
  })
}
