import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LaunchOptions, readOptions, readProgramOptions } from '../../src/options/options.ts'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const read = (options: unknown) => () => readOptions(options as LaunchOptions)

test('the defaults', () => {
  const { exit, onCrash, stopTimeout, killTimeout, signalTimeout, log } = readOptions({})
  assert.deepEqual([exit, onCrash, log], [true, 'exit', 'info'])
  assert.deepEqual(
    [stopTimeout, killTimeout, signalTimeout],
    [Number.POSITIVE_INFINITY, 5000, Number.POSITIVE_INFINITY],
  )
})

for (const [options, name, meant] of [
  [{ poll: false }, 'poll', false],
  [{ poll: 20 }, 'poll', 20],
  [{}, 'poll', false],
  [{}, 'settle', null],
  [{}, 'watch', null],
  [{ killTimeout: 100 }, 'signalTimeout', 100],
  [{ killTimeout: Number.POSITIVE_INFINITY }, 'signalTimeout', Number.POSITIVE_INFINITY],
  [{ listen: ['localhost:80', ':81', '82'] }, 'listen', [{ port: 80, host: 'localhost' }, 81, 82]],
] as const) {
  test(`each value has one form: ${name} of ${JSON.stringify(options)} is ${JSON.stringify(meant)}`, () => {
    assert.deepEqual(readOptions(options)[name], meant)
  })
}

test('what kind of program it is decides the mode, and what a crash does', () => {
  assert.deepEqual([readOptions({}).mode, readOptions({}).onCrash], ['app', 'exit'])
  assert.deepEqual([readProgramOptions({}).mode, readProgramOptions({}).onCrash], ['program', 'wait'])
  assert.equal(readProgramOptions({ onCrash: 'exit' }).onCrash, 'exit')
  assert.throws(read({ keys: true }), /launchChild\(\): unknown option "keys"/)
  assert.throws(() => readProgramOptions({ exec: true } as object), /unknown option "exec"/)
})

test('an option that is undefined is one that was not given', () => {
  assert.deepEqual(readOptions({ exit: undefined, poll: undefined } as never), readOptions({}))
})

for (const [options, message] of [
  [{ crash: 'wait' }, /unknown option "crash".*The known ones are: exit, onCrash,/],
  [{ oncrash: 'wait' }, /unknown option "oncrash"\. Did you mean "onCrash"\?/],
  [{ onCrush: 'wait' }, /unknown option "onCrush"\. Did you mean "onCrash"\?/],
  [
    { watch: ['views'] },
    /unknown option "watch"\. Only the command has it: the app calls watch\(\.\.\.paths\)$/,
  ],
  [{ stop: 1 }, /unknown option "stop"\. Did you mean "stopTimeout"\?/],
  [{ onRestrat: () => {} }, /unknown option "onRestrat"\. Did you mean "onRestart"\?/],
  [{ toString: 1 }, /unknown option "toString"/],
  [{ exit: 'no' }, /option "exit" must be true or false, not "no"/],
  [{ onCrash: 'restart' }, /option "onCrash" must be "exit" or "wait", not "restart"/],
  [{ settle: -1 }, /option "settle" must be a number of milliseconds from 0 to 60000, not -1/],
  [{ settle: Number.NaN }, /option "settle" must be .*, not NaN/],
  [{ settle: '10' }, /option "settle" must be .*, not "10"/],
  [{ poll: true }, /option "poll" must be false, or an interval of 10 milliseconds or more, not true/],
  [{ poll: 0 }, /option "poll" must be .*, not 0/],
  [{ nodeModules: 1 }, /option "nodeModules" must be true or false, not 1/],
  [{ syntaxCheck: null }, /option "syntaxCheck" must be true or false, not null/],
  [
    { stopTimeout: '5s' },
    /option "stopTimeout" must be a number of milliseconds, 0 or more, or Infinity, not "5s"/,
  ],
  [{ killTimeout: -5 }, /option "killTimeout" must be .*, not -5/],
  [{ onRestart: ' ' }, /option "onRestart" must be a function, or a command line for the shell, not " "/],
  [{ env: { PORT: 3000 } }, /option "env" must be an object of strings/],
  [
    { env: Object.create(null, { A: { value: 1, enumerable: true } }) },
    /option "env" must be an object of strings/,
  ],
  [{ env: ['PORT=3000'] }, /option "env" must be an object of strings, not \[ 'PORT=3000' \]/],
  [{ log: 'loud' }, /option "log" must be "info", "silent" or "debug", not "loud"/],
  [{ listen: ['udp:1'] }, /option "listen" must be .*, not \[ 'udp:1' \]/],
  [
    { listen: ['server'] },
    /option "listen" must be .* a path that contains a slash or ends in \.sock, not \[ 'server' \]/,
  ],
  [
    { listen: [`${'x'.repeat(120)}/../app.sock`] },
    /option "listen": the path x{120}\/\.\.\/app\.sock has 132 bytes, but that of a Unix socket may have at most 10\d/,
  ],
  [{ listen: [80, ':80'] }, /option "listen" must be a list of different addresses/],
  [{ ignore: ['/(/'] }, /option "ignore": \/\(\/ is not a regular expression/],
  ['wait', /option "options" must be an object, not "wait"|options must be an object/],
  [null, /must be an object, not null/],
] as const) {
  test(`refused by name, with what was expected: ${message.source}`, () => {
    assert.throws(read(options), (error: Error) => error instanceof TypeError && message.test(error.message))
  })
}

test('Infinity is a time', () => {
  assert.equal(readOptions({ killTimeout: Number.POSITIVE_INFINITY }).killTimeout, Number.POSITIVE_INFINITY)
})

test('a program with a wrong option ends at once with the reason, and nothing is launched', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild({ oncrash: 'wait' })
      else console.log('launched')`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 1, signal: null })
  assert.match(
    run.output(),
    /TypeError: launchChild\(\): unknown option "oncrash"\. Did you mean "onCrash"\?/,
  )
  assert.match(run.output(), /at .*app\.mjs:3/)
  assert.doesNotMatch(run.output(), /dist\//)
  assert.equal(run.count('launched'), 0)
})

test('env and ignore hold in every generation: what is added, what undefined takes away, what never counts', async (t) => {
  const dir = tempDir(t, {
    'generated/list.mjs': '',
    'version.mjs': '',
    'app.mjs': `
      import { PARENT, generation, launchChild, onRestart } from 'exit75'
      import './generated/list.mjs'
      import './version.mjs'
      if (PARENT) launchChild({ ignore: ['generated'], env: { ADDED: 'yes', TAKEN: undefined } })
      else {
        console.log(generation, process.env.ADDED, 'TAKEN' in process.env, process.env.KEPT, process.env.EXIT75)
        onRestart(() => {})
        setInterval(() => {}, 1000)
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { TAKEN: '1', KEPT: '1', EXIT75_STANDBY: '0' } })
  await run.says('1 yes false 1 undefined')
  dir.write('generated/list.mjs', '// edited')
  dir.write('version.mjs', '// edited')
  await run.says('2 yes false 1 undefined')
  await run.says('[exit75] version.mjs changed · restarted in')
})
