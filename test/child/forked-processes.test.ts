/** Processes that the app starts with Node: what they load is not watched, and the user is told once. */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { scriptOf } from '../../src/child/forked-processes.ts'
import { appFiles, startApp, version } from '../helpers/app.ts'
import { startCli } from '../helpers/cli.ts'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

for (const [words, script] of [
  [[process.execPath, 'worker.js'], resolve('worker.js')],
  [['node', '--inspect', '/a/b.mjs', 'x'], '/a/b.mjs'],
  [['node', '-r', './setup.js', '--import', 'tsx', 'a.ts'], resolve('a.ts')],
  [['npm', 'run', 'dev'], 'npm run dev'],
  [['/p/node_modules/.bin/tsx', 'a.ts'], 'tsx a.ts'],
  [['/bin/sh', '-c', 'node server.js'], resolve('server.js')],
  [['/bin/sh', '-c', 'exec node server.js && true'], resolve('server.js')],
  [['/bin/sh', '-c', 'git status'], undefined],
  [['node', '-e', '0'], undefined],
  [['node', '--version'], undefined],
  [['node', '/p/node_modules/esbuild/bin/esbuild'], undefined],
  [['git', 'node'], undefined],
  [[], undefined],
] as const)
  test(`a process of ${words.join(' ') || 'which nothing is known'}`, () => {
    assert.equal(scriptOf({ spawnfile: words[0] ?? '', spawnargs: words }), script)
  })

test('a script of a package that is forked, which runs modules of the app', () => {
  const spawnargs = [process.execPath, '/p/node_modules/bullmq/main.js']
  assert.equal(scriptOf({ spawnfile: process.execPath, spawnargs, connected: true }), spawnargs[1])
})

const FORKING = `
import { PARENT, watch } from 'exit75'
import { fork } from 'node:child_process'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
if (PARENT) launch()
else {
  if (version === 'c') watch('worker.cjs')
  for (let i = 0; i < 2; i += 1) fork('worker.cjs').on('exit', () => console.log('worker of', version))
  await run(version)
}`

test('the first fork is told of once over all generations, and not if somebody watches', async (t) => {
  const dir = tempDir(t, appFiles({ 'app.js': FORKING, 'worker.cjs': '' }))
  const line = '[exit75] worker.cjs runs in a process of its own: what it loads is not watched'
  const app = startApp(t, dir)
  await app.says(`${line} (to watch it: watch('<directory>'))`)
  await app.says('worker of a')
  dir.write('version.js', version('b'))
  await app.says('worker of b')
  assert.equal(app.count(line), 1)
  dir.write('version.js', version('c'))
  const watching = startApp(t, dir)
  await watching.says('worker of c')
  assert.equal(watching.count(line), 0)
})

test('a worker of a package is told of once, and does not hide the one of the app', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `import { fork } from 'node:child_process'
for (const script of ['node_modules/pool/worker.cjs', 'node_modules/pool/worker.cjs', 'worker.cjs']) fork(script)`,
    'node_modules/pool/worker.cjs': '',
    'worker.cjs': '',
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, flags: ['--import', 'exit75/register'] })
  const rest =
    ' runs in a process of its own: what it loads is not watched (to watch it: --watch <directory>)'
  await run.says(`[exit75] worker.cjs${rest}`)
  assert.equal(run.count(`[exit75] node_modules/pool/worker.cjs${rest}`), 1)
})

test('of a program run from outside, the way out is --watch', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `import { spawn } from 'node:child_process'; spawn('npm', ['--version'])`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, flags: ['--import', 'exit75/register'] })
  await run.says(
    '[exit75] npm --version runs in a process of its own: what it loads is not watched (to watch it: --watch <directory>)',
  )
})

test('what a preload starts belongs to a tool, as the watchdog of a debugger does: not a word of it', async (t) => {
  const dir = tempDir(t, {
    'tool.cjs': `require('node:child_process').spawn(process.execPath, ['watchdog.cjs'], { stdio: 'inherit' })`,
    'watchdog.cjs': 'console.log("watches")',
    'worker.cjs': '',
    'app.mjs': `import { spawn } from 'node:child_process'
      setTimeout(() => spawn(process.execPath, ['worker.cjs']), 100)`,
  })
  for (const flag of ['-r', '--import']) {
    const run = startCli(t, [flag, './tool.cjs', 'app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
    await run.says('watches')
    await run.says('[exit75] worker.cjs runs in a process of its own')
    assert.equal(run.count(/watchdog/), 0, run.output())
  }
})
