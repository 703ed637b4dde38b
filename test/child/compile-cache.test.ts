import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { startCli } from '../helpers/cli.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const SKIP = !('flushCompileCache' in module) && 'this Node does not write it before its end'

const APP = `
  const { getCompileCacheDir } = require('node:module')
  console.log('runs', require('a-package'), getCompileCacheDir?.() ?? 'without')
  setInterval(() => {}, 1000)`

test('compiled code is kept by the standby, below node_modules, and used by the next start', {
  skip: SKIP,
}, async (t) => {
  const dir = tempDir(t, {
    'package.json': '{}',
    'app.cjs': APP,
    'node_modules/a-package/index.js': "module.exports = 'a'",
  })
  const cache = dir.file('node_modules/.cache/exit75')
  const begin = async (...options: string[]) => {
    const run = startCli(t, [...options, 'app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
    const [, where] = await run.says(/^runs a (.*)$/)
    await run.says(/standby \d+ is ready/)
    run.signal('SIGTERM')
    await run.ended
    return where?.trim()
  }
  assert.equal(await begin('--no-compile-cache'), 'without')
  assert.ok(!existsSync(cache))
  assert.equal(await begin(), 'without', 'there is nothing yet')
  assert.ok(readdirSync(cache).some((name) => name.startsWith(process.version)))
  const own = (await begin()) ?? ''
  assert.ok(own.startsWith(cache))
  // The parent keeps its own code beside it: far more than the app's.
  const parents = readdirSync(join(cache, 'parent'), { recursive: true, encoding: 'utf8' })
  assert.ok(parents.some((name) => statSync(join(cache, 'parent', name)).size > 50_000))
  // It is enabled before the options are known, so it is removed: nothing is written at the exit then.
  assert.equal(await begin('--no-compile-cache'), 'without')
  assert.ok(!existsSync(join(cache, 'parent')))
})

for (const words of [[], ['.'], ['../folder'], ['app.cjs'], ['no-file']])
  test(`the parent's own code is kept beside the program: exit75 ${words.join(' ')}`, {
    skip: SKIP,
  }, async (t) => {
    const dir = tempDir(t, {
      'folder/package.json': '{"main":"app.cjs"}',
      'folder/app.cjs': "console.log('runs')",
      'folder/exit75.config.json': '{"onCrash":"exit","standby":false}',
      'folder/node_modules/.cache/exit75/parent/keep': '',
      'node_modules/.cache/exit75/parent/keep': '',
    })
    const isKept = (at: string) => readdirSync(dir.file(`${at}node_modules/.cache/exit75/parent`)).length > 1
    const run = startCli(t, words, { cwd: dir.file('folder') })
    if (words[0] === 'no-file') await run.says(/there is no/)
    await run.ended
    assert.deepEqual([isKept('folder/'), isKept('')], [true, false])
  })

test('of a program without packages no code is kept, which it would write when it exits', {
  skip: SKIP,
}, async (t) => {
  const dir = tempDir(t, { 'package.json': '{}', 'app.cjs': APP.replace("require('a-package')", "'a'") })
  for (let start = 0; start < 3; start += 1) {
    const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
    await run.says(/^runs a without$/)
    await run.says(/standby \d+ is ready/)
    dir.write('app.cjs', `${APP.replace("require('a-package')", "'a'")}\n// ${start}`)
    await run.says(/^runs a without$/)
    run.signal('SIGTERM')
    await run.ended
  }
})

test('restarts leave nothing more in the folder', { skip: SKIP }, async (t) => {
  const dir = tempDir(t, {
    'package.json': '{}',
    'app.mjs':
      "import a from 'a-package'; import { b } from './b.mjs'; console.log('runs', a, b); setInterval(() => {}, 1000)",
    'b.mjs': 'export const b = 0',
    'node_modules/a-package/index.js': "module.exports = 'a'",
  })
  const run = startCli(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  const files: number[] = []
  for (let restart = 0; restart < 5; restart += 1) {
    await run.says(new RegExp(`^runs a ${restart}$`))
    await run.says(/standby \d+ is ready/)
    files.push(readdirSync(dir.file('node_modules/.cache/exit75'), { recursive: true }).length)
    dir.write('b.mjs', `export const b = ${restart + 1}`)
  }
  await run.says(/^runs a 5$/)
  // The modules of the app itself are kept, too, when a generation ends.
  assert.equal(files.at(-1), files[2], `files: ${files}`)
})
