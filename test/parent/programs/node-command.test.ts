/** How a Node program is started again, by what it was started with. */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { type NodeCommandLine, nodeCommandLine } from '../../../src/parent/programs/node-command.ts'
import { freePort } from '../../helpers/listeners.ts'
import { start } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

const commandOf = (execArgv: string[], args: string[] = ['app.mjs'], env = {}): NodeCommandLine =>
  nodeCommandLine({ cwd: '/here', argv: [process.execPath, ...args], execArgv, env }, env)

for (const [flags, env] of [
  [['--inspect=9000'], {}],
  [['--inspect=0'], {}],
  [['--inspect-brk'], {}],
  [['--cpu-prof'], {}],
  [['--prof'], {}],
  [['--trace-gc'], {}],
  [['--trace_opt'], {}],
  [['--trace-require-module=all'], {}],
  [['--trace-event-categories', 'node'], {}],
  [['--perf-basic-prof'], {}],
  [[], { NODE_OPTIONS: '--inspect=0' }],
] as const) {
  test(`who looks on sees no standby, and is the child's: ${flags.join()}${JSON.stringify(env)}`, () => {
    const command = commandOf([...flags], ['app.mjs'], env)
    assert.equal(command.isObserved, true)
    assert.deepEqual(command.flags, flags)
    assert.equal(command.env.NODE_OPTIONS, 'NODE_OPTIONS' in env ? env.NODE_OPTIONS : undefined)
  })
}

test('a program in a file, with flags that show nothing', () => {
  const { isObserved, flags, rest, entry } = commandOf(
    ['--trace-warnings', '--title', 'it'],
    ['app.mjs', 'a', '-e'],
  )
  assert.deepEqual([isObserved, flags], [false, ['--trace-warnings', '--title', 'it']])
  assert.deepEqual([entry, rest], [resolve('/here/app.mjs'), ['app.mjs', 'a', '-e']])
})

for (const flags of [
  ['-e', 'code'],
  ['--eval=code'],
  ['--eval', 'code'],
  ['-p', 'code'],
  ['-pe', 'code'],
  ['--print=code'],
])
  test(`the program is among the flags: ${flags.join(' ')}`, () => {
    const command = commandOf(flags, ['one', '--two'])
    assert.deepEqual([command.entry, command.flags, command.rest], [null, flags, ['one', '--two']])
    assert.doesNotThrow(() => commandOf(flags, []))
  })

for (const [flags, args, why] of [
  [['--input-type=module'], ['-'], 'it came from standard input'],
  [['--input-type=module'], [], 'it came from standard input'],
  [['-i'], [], 'it is the REPL'],
  [['--interactive'], [], 'it is the REPL'],
] as const)
  test(`cannot be started a second time: node ${[...flags, ...args].join(' ')}`, () => {
    assert.throws(() => commandOf([...flags], [...args]), {
      message: `launchChild(): this program cannot be started a second time, because ${why}. Put it into a file and run: node file.js`,
    })
  })

for (const [flag, ...more] of [
  ['--watch'],
  ['--watch-path=.'],
  ['--watch', '--watch-preserve-output'],
] as const)
  test(`node ${[flag, ...more].join(' ')} is refused with the reason`, () => {
    assert.throws(() => commandOf([flag, ...more]), {
      message: new RegExp(
        `^launchChild\\(\\): the program runs under node ${flag}, which would restart it as well`,
      ),
    })
  })

for (const name of ['--permission', '--experimental-permission'])
  test(`${name} without what watching needs is refused by the name of the flag that is missing`, () => {
    assert.throws(() => commandOf([name, '--allow-fs-read=*']), {
      message:
        /^launchChild\(\): under --permission, .* need --allow-worker\. Add that to the flags, or .*EXIT75=off/,
    })
    assert.doesNotThrow(() => commandOf([name, '--allow-worker']))
  })

const APP = {
  'app.mjs': `
    import inspector from 'node:inspector'
    import { PARENT, generation, launchChild } from 'exit75'
    if (PARENT) {
      await launchChild({ exit: false })
      console.log('parent', inspector.url())
    } else {
      console.log('child', generation, inspector.url())
      process.exit(generation < 2 ? 75 : 0)
    }`,
}

test("--inspect=port: the port is the child's, in every generation", async (t) => {
  const port = await freePort()
  const run = start(t, ['app.mjs'], { cwd: tempDir(t, APP).path, flags: [`--inspect=${port}`] })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('parent undefined'), 1, run.output())
  for (const generation of [1, 2])
    assert.equal(run.count(`child ${generation} ws://127.0.0.1:${port}`), 1, run.output())
  assert.equal(run.count(/address already in use/), 0)
})

test('node --watch is refused before anything is launched', async (t) => {
  const run = start(t, ['app.mjs'], { cwd: tempDir(t, APP).path, flags: ['--watch'] })
  await run.says(/launchChild\(\): the program runs under node --watch.*, which would restart it as well/)
  assert.equal(run.count('child'), 0)
  run.signal('SIGTERM')
  await run.ended
})
