/** Mistakes in the use of exit75 get a word, once, that says what to write. The decisions: parent/generation/. */
import assert from 'node:assert/strict'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startCli } from './helpers/cli.ts'
import { freePort } from './helpers/listeners.ts'
import { start, startCommand } from './helpers/start.ts'
import { REPOSITORY, tempDir } from './helpers/temp-dir.ts'

const WITHOUT_STANDBY = { EXIT75_STANDBY: '0' }
const app = (code: string) =>
  `import { PARENT, launchChild, listenOn, onRestart, ready, restartSignal, shouldRestart } from 'exit75'\n${code}\n`

test('an app that does not exit with 75, and new code that does not start, end the parent with a word', async (t) => {
  const stays = `if (PARENT) launchChild()
    else { console.log('runs'); setInterval(() => shouldRestart() && process.exit(), 5) }`
  const dir = tempDir(t, { 'app.mjs': app(stays), 'boot.mjs': app(stays.replace('exit()', 'exit(75)')) })
  const zero = start(t, ['app.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  const boot = start(t, ['boot.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await Promise.all([zero.says('runs'), boot.says('runs')])
  dir.write('app.mjs', app(`${stays} // edited`))
  await zero.says(
    '[exit75] app.mjs changed, but the app ended with 0, which does not restart it · end it with',
  )
  assert.deepEqual(await zero.ended, { code: 0, signal: null })
  dir.write('boot.mjs', app(`${stays.replace("console.log('runs')", "throw new Error('broken')")}`))
  await boot.says('[exit75] the new code ended with 1 while it started, and the parent ends with it')
  assert.equal((await boot.ended).code, 1)
})

test('drain() of what is not a server says what is one', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `import { drain } from 'exit75'
      for (const one of [() => {}, { close() {} }, null]) await drain(one).catch(({ message }) => console.log(message))`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  for (const got of ['a value of type function', 'a value of type object', 'null'])
    await run.says(
      `drain(server): expected a Node server, such as the result of app.listen(), or app.server, got ${got}`,
    )
  assert.equal((await run.ended).code, 0)
  dir.write('app.mjs', `import { drain } from 'exit75'\nawait drain()`)
  const uncaught = start(t, ['app.mjs'], { cwd: dir.path })
  assert.equal((await uncaught.ended).code, 1)
  assert.match(uncaught.output(), /TypeError: drain\(server\): .*\n +at .*app\.mjs:2/)
  assert.doesNotMatch(uncaught.output(), /dist\//)
})

test('a pattern in watch() is not expanded, and the line names the directory; a file of such a name is one', async (t) => {
  const dir = tempDir(t, {
    'a*.txt': '',
    'app.mjs': `import { shouldRestart, watch } from 'exit75'
      watch('a*.txt', 'views/**/*.html', '*.{md,txt}')
      for (; !shouldRestart(); ) await new Promise((resolve) => setTimeout(resolve, 5))`,
  })
  const run = startCli(t, ['app.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  for (const [pattern, directory] of [
    ['views/**/*.html', 'views'],
    ['*.{md,txt}', '.'],
  ])
    await run.says(
      `[exit75] watch('${pattern}') waits for a file of exactly that name, since it takes no patterns · name the directory, watch('${directory}')`,
    )
  assert.equal(run.count(/takes no patterns/), 2, run.output())
})

test('an app that heeds no restart, and a second launch', async (t) => {
  const code = `if (PARENT) {
      launchChild()
      await launchChild().catch(({ stack }) => console.error(stack))
    } else { console.log('runs'); setInterval(() => {}, 1000) }`
  const dir = tempDir(t, { 'app.mjs': app(code) })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await run.says(/^Error: launchChild\(\): it is running already. Call it once\n +at .*app\.mjs:4/)
  await run.says('runs')
  dir.write('app.mjs', app(`${code} // edited`))
  await run.says('[exit75] the app neither polls shouldRestart() nor has called onRestart()')
  await run.says('[exit75] waiting for the app to exit for the restart')
  assert.equal(run.count('runs'), 1, run.output())
})

test('a poll without a launch, an app in the parent, ports of the parent, an address it does not hold', async (t) => {
  const [held, own] = await Promise.all([freePort(), freePort()])
  const dir = tempDir(t, {
    'poll.mjs': app(`for (let n = 0; n < 9; n += 1) shouldRestart()\nonRestart(1)`),
    'app.mjs': app(`
      import { createServer } from 'node:http'
      if (PARENT) launchChild({ listen: [${held}] })
      createServer().listen(${own}).on('error', () => {
        createServer().listen(${held}).on('error', () => {
          for (const _ of [1, 2]) listenOn(1)
          process.exit(0)
        })
      })
      for (const _ of [1, 2]) onRestart(() => {})`),
  })
  const poll = start(t, ['poll.mjs'], { cwd: dir.path })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await Promise.all([poll.ended, run.ended])
  assert.match(
    poll.output(),
    /^\[exit75\] shouldRestart\(\) is polled, .*main\(\) · or start it with: exit75 poll.mjs\n(?!\[exit75)/,
  )
  assert.match(poll.output(), /TypeError: onRestart\(cleanup\).*\n +at .*poll\.mjs:3/)
  assert.doesNotMatch(poll.output(), /dist\//)
  assert.equal(run.count('[exit75] onRestart() was called in the parent, too'), 1, run.output())
  assert.equal(run.count(`[exit75] the parent listens on port ${own}, too`), 1, run.output())
  assert.equal(run.count(`[exit75] the parent holds port ${held} (option listen)`), 1, run.output())
  assert.equal(run.count('[exit75] listenOn(1): the parent does not hold this address'), 1, run.output())
  assert.equal(run.count('[exit75]'), 4, run.output())
})

test('a launch that is meant for the child, and apps that tests import', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `import { CHILD, launchChild, onRestart } from 'exit75'
      if (CHILD) launchChild()
      else { onRestart(() => {}); onRestart(() => {}); setInterval(() => {}, 1000) }`,
    'waits.mjs': app(`import { setTimeout } from 'node:timers/promises'
      if (PARENT) launchChild()
      await setTimeout(1000, undefined, { signal: restartSignal })
      process.exit()`),
    'entry.mjs': app('if (PARENT) launchChild()\nelse console.log("runs")'),
    'entry.test.mjs': `import 'node:test'\nimport './entry.mjs'`,
    'node_modules/.bin/jest.mjs': `import '../../entry.mjs'`,
    'spawns.test.mjs': `import 'node:test'
      import { spawn } from 'node:child_process'
      spawn(process.execPath, ['entry.mjs'], { stdio: 'inherit' })`,
  })
  const tested = { cwd: dir.path, env: { NODE_TEST_CONTEXT: 'child', ...WITHOUT_STANDBY } }
  const reversed = start(t, ['app.mjs'], { cwd: dir.path })
  const waits = start(t, ['waits.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  const ownRunner = start(t, ['entry.test.mjs'], tested)
  const jest = start(t, ['node_modules/.bin/jest.mjs'], tested)
  const spawning = start(t, ['spawns.test.mjs'], tested)
  const [node = ''] = await ownRunner.says(/launchChild\(\): node:test runs here, .* no test imports/)
  await jest.says(new RegExp(node.replace(/[()]/g, '.').replace('node:test', 'jest')))
  await spawning.says('runs')
  await waits.says('[exit75] restartSignal was used in the parent, too, where the app must not run')
  await reversed.says(
    '[exit75] onRestart() was called, but launchChild() was not called, so nothing is watched · write: if (PARENT) launchChild(); else main() · or start it with: exit75 app.mjs',
  )
  for (const run of [ownRunner, jest]) assert.equal(run.count('runs'), 0, run.output())
})

test('no mistakes: a module of several programs that registers a cleanup, a program that runs tests', async (t) => {
  const dir = tempDir(t, {
    'database.mjs': app('onRestart(() => {})\nrestartSignal.addEventListener("abort", () => {})'),
    'seed.mjs': `import './database.mjs'\nsetTimeout(() => console.log('seeded'), 2500)`,
    'seed.cjs': `require('./database.mjs')\nsetTimeout(() => console.log('seeded'), 2500)`,
    'runner.mjs': app(
      `import { run } from 'node:test'\nif (PARENT) launchChild()\nelse console.log('runs', typeof run)`,
    ),
  })
  dir.write('polls.test.mjs', app(`import 'node:test'\nfor (let n = 0; n < 9; n += 1) shouldRestart()`))
  const polls = start(t, ['polls.test.mjs'], { cwd: dir.path })
  await polls.ended
  assert.equal(polls.output(), '')
  const requires = process.features.require_module === true
  const seeds = (requires ? ['seed.mjs', 'seed.cjs'] : ['seed.mjs']).map((entry) =>
    start(t, [entry], { cwd: dir.path }),
  )
  const runner = start(t, ['runner.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await runner.says('runs function')
  for (const seed of seeds) {
    await seed.ended
    assert.equal(seed.output().trim(), 'seeded')
  }
})

test('a script in place of node that stays above it', { skip: process.platform === 'win32' }, async (t) => {
  const dir = tempDir(t, { 'bin/node': `#!/bin/sh\n"$NODE" "$@"\n`, 'app.mjs': 'console.log("runs")' })
  chmodSync(dir.file('bin/node'), 0o755)
  const run = startCli(t, ['./bin/node', 'app.mjs'], { cwd: dir.path, env: { NODE: process.execPath } })
  if (process.platform === 'linux') await run.says(/node was started by another process, .*exec node "\$@"\n/)
  await run.says(/waiting for a change/)
  assert.equal(run.count('runs'), 0, run.output())
})

test('another version of exit75 than the one that runs the program', async (t) => {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))
  const asVersion = (one: string) =>
    readFileSync(join(REPOSITORY, 'dist/index.js'), 'utf8').replaceAll(`"${version}"`, `"${one}"`)
  const dir = tempDir(t, {
    'other.mjs': asVersion('9.9.9'),
    'app.mjs': `import './other.mjs'\nconsole.log('runs')`,
    'patch.mjs': asVersion(version.replace(/\d+$/, '999')),
    'patched.mjs': `import './patch.mjs'\nconsole.log('a patch is not another version')`,
  })
  const run = startCli(t, ['--on-crash', 'exit', 'app.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await run.says(
    new RegExp(`exit75 ${version} runs this program, but the program imports exit75 9.9.9 from .*other`),
  )
  assert.equal((await run.ended).code, 1)
  assert.equal(run.count('runs'), 0, run.output())
  dir.write(
    'older.mjs',
    `globalThis[Symbol.for('exit75')] = { is: 'child' } // as 0.1 leaves it
      await import('exit75').catch(({ message }) => console.log(message))`,
  )
  await start(t, ['older.mjs'], { cwd: dir.path }).says(/^an older exit75 runs this program, but/)
  const patched = startCli(t, ['patched.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  await patched.says('a patch is not another version')
})

test('overlap without ready(), under another restarter', async (t) => {
  const code = `if (PARENT) launchChild({ overlap: true })
    else { console.log('runs'); onRestart(() => {}); setInterval(() => {}, 1000) }`
  const dir = tempDir(t, {
    'app.mjs': app(code),
    nodemon: `require('node:child_process').spawn('sh', ['-c', '"$NODE" app.mjs; :'], { stdio: 'inherit' })`,
  })
  const run = startCommand(t, process.execPath, ['nodemon'], {
    cwd: dir.path,
    env: { NODE: process.execPath, ...WITHOUT_STANDBY },
  })
  await run.says('runs')
  if (process.platform === 'linux') await run.says('[exit75] nodemon runs this program, too')
  dir.write('app.mjs', app(`${code} // edited`))
  await run.says('[exit75] overlap: the app has not called ready() within 3.0 s')
})

test('errors about a call of saveState() and runProcess() show the line of the call, and nothing of exit75', async (t) => {
  const dir = tempDir(t, {
    'state.mjs': app('if (PARENT) launchChild()\nelse saveState({ jobs: [{ run() {} }] })').replace(
      'ready',
      'ready, saveState',
    ),
    'run.mjs': "import { runProcess } from 'exit75/run'\nawait runProcess({ target: 'node app.js' })",
  })
  for (const [entry, says] of [
    [
      'state.mjs',
      /TypeError: saveState\(value\): state\.jobs\[0\]\.run is a function, .*\n +at .*state\.mjs:3/,
    ],
    ['run.mjs', /TypeError: runProcess\(\): expected one or more paths .*\n +at .*run\.mjs:2/],
  ] as const) {
    const run = start(t, [entry], { cwd: dir.path, env: WITHOUT_STANDBY })
    assert.equal((await run.ended).code, 1)
    assert.match(run.output(), says)
    assert.doesNotMatch(run.output(), /dist\//)
  }
})
