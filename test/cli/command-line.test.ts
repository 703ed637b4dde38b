import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ParsedArgs, parseCommandLine } from '../../src/cli/command-line.ts'
import { HELP } from '../../src/cli/help.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { OPTIONS } from '../../src/options/table.ts'

const read = (...args: string[]): ParsedArgs => parseCommandLine(args, '/here')

function run(...args: string[]): Extract<ParsedArgs, { is: 'run' }> {
  const line = read(...args)
  assert.equal(line.is, 'run')
  return line as Extract<ParsedArgs, { is: 'run' }>
}

for (const [args, words] of [
  [['app.js'], ['app.js']],
  [
    ['--overlap', 'app.js', '--overlap', '-h', '--', 'x'],
    ['app.js', '--overlap', '-h', '--', 'x'],
  ],
  [
    ['--', '--overlap', 'x'],
    ['--overlap', 'x'],
  ],
  [
    ['--settle', '5', '--', 'python3', 'app.py'],
    ['python3', 'app.py'],
  ],
  [
    ['node', '--import', 'tsx', 'app.ts'],
    ['node', '--import', 'tsx', 'app.ts'],
  ],
  [['--poll', 'app.js'], ['app.js']],
  [['--poll', '200', 'app.js'], ['app.js']],
  [['--poll', '--', '200'], ['200']],
  [['--poll=50', '200'], ['200']],
  [
    ['--overlap', '200', '300'],
    ['200', '300'],
  ],
  [['-'], ['-']],
] as const) {
  test(`the program of ${args.join(' ')}`, () => assert.deepEqual(run(...args).words, words))
}

for (const [args, options] of [
  [[], {}],
  [['--on-crash', 'exit', '--on-exit=wait'], { onCrash: 'exit', onExit: 'wait' }],
  [
    ['--no-standby', '--overlap', '--no-syntax-check', '--node-modules'],
    { standby: false, overlap: true, syntaxCheck: false, nodeModules: true },
  ],
  [['--no-standby', '--standby'], { standby: true }],
  [
    ['--ready-timeout', '10', '--settle=2.5', '--stop-timeout', 'Infinity', '--kill-timeout', '0'],
    { readyTimeout: 10, settle: 2.5, stopTimeout: Number.POSITIVE_INFINITY, killTimeout: 0 },
  ],
  [['--settle', '1', '--settle', '2'], { settle: 2 }],
  [['--poll'], { poll: 500 }],
  [['--poll=20'], { poll: 20 }],
  [['--poll', '20', '--settle', '3'], { poll: 20, settle: 3 }],
  [['--poll', '--no-poll'], { poll: false }],
  [['--no-poll', '--poll'], { poll: 500 }],
  [['--preload', 'express', '--preload', '@scope/one'], { preload: ['express', '@scope/one'] }],
  [
    ['--listen', '3000', '--listen', 'localhost:80', '--listen', '[::1]:81', '--listen=./app:1.sock'],
    { listen: [3000, { port: 80, host: 'localhost' }, { port: 81, host: '::1' }, './app:1.sock'] },
  ],
  [['--env', 'A=1', '--env', 'B=x=y', '--env=C='], { env: { A: '1', B: 'x=y', C: '' } }],
  [['--log', 'debug'], { log: 'debug' }],
  [['--watch', 'views', '--watch', '/etc/app'], { watch: ['/here/views', '/etc/app'] }],
  [
    ['--ignore', '*.log', '--ignore', '/\\.tmp$/i', '--ignore', '/var/log'],
    { ignore: ['*.log', '/\\.tmp$/i', '/var/log'] },
  ],
  [['--ext', 'js,.ts', '--ext', 'd.ts'], { ext: ['js', 'ts', 'd.ts'] }],
  [['--signal', 'term'], { signal: 'SIGTERM' }],
  [['--signal', 'SIGUSR1'], { signal: 'SIGUSR1' }],
  [['--exec', '--keys'], { exec: true, keys: true }],
] as const) {
  test(`the options of ${args.join(' ') || 'nothing'}`, () => {
    assert.deepEqual(run(...args, '--', 'app.js').options, options)
  })
}

test('the configuration file is no option but where to find some', () => {
  const { options, config } = run('--config', 'dev.json', 'app.js')
  assert.deepEqual([options, config], [{}, 'dev.json'])
  assert.equal(run('app.js', '--config', 'its-own.json').config, null)
})

for (const [args, message] of [
  [[], /^no program to run\. Usage: exit75 \[options\] <program>/],
  [['--overlap', '--'], /^no program to run\. Usage/],
  [['--poll', '200'], /^no program to run\. Usage/],
  [['--setle', '5', 'app.js'], /^unknown option --setle\. Did you mean --settle\?$/],
  [['--onCrash', 'wait', 'app.js'], /^unknown option --onCrash\. Did you mean --on-crash\?$/],
  [['--no-standy', 'app.js'], /^unknown option --no-standy\. Did you mean --no-standby\?$/],
  [['--no-settle', 'app.js'], /^unknown option --no-settle\. Did you mean --settle\?$/],
  [['--verbose', 'app.js'], /^unknown option --verbose\. See exit75 --help$/],
  [['--quux', 'app.js'], /^unknown option --quux\. See exit75 --help$/],
  [['-q', 'app.js'], /^unknown option -q\. /],
  [['--__proto__', 'app.js'], /^unknown option --__proto__\./],
  [['--settle', '5s', 'app.js'], /^--settle must be a number of milliseconds from 0 to 60000, not "5s"$/],
  [['--settle', '-5', 'app.js'], /^--settle needs a value\. Usage/],
  [['--settle=-5', 'app.js'], /^--settle must be .*, not "-5"$/],
  [['--settle'], /^--settle needs a value\. Usage/],
  [['--watch', '--overlap', 'app.js'], /^--watch needs a value\. Usage/],
  [['--watch', '--', 'app.js'], /^--watch needs a value\. Usage/],
  [['--config=', 'app.js'], /^--config needs a value/],
  [['--overlap=yes', 'app.js'], /^--overlap takes no value, and was given "yes"$/],
  [['--on-crash', 'restart', 'app.js'], /^--on-crash must be "exit" or "wait", not "restart"$/],
  [['--poll=1', 'app.js'], /^--poll must be an interval of 10 milliseconds or more, not "1"$/],
  [['--poll=', 'app.js'], /^--poll needs a value/],
  [['--listen', '70000', 'app.js'], /^--listen must be a port \(0 to 65535\), .*, not "70000"$/],
  [['--listen', ':80', 'app.js'], /^--listen must be/],
  [['--listen', '80', '--listen', '80', 'app.js'], /^--listen must be .* once, not "80", "80"$/],
  [['--preload', './setup.js', 'app.js'], /^--preload must be the name of a package, not "\.\/setup\.js"$/],
  [['--env', 'PORT', 'app.js'], /^--env must be NAME=value, not "PORT"$/],
  [['--ignore', '/(/', 'app.js'], /^--ignore: \/\(\/ is not a regular expression: Invalid/],
  [['--ext', '*.js', 'app.js'], /^--ext must be extensions with commas between them, not "\*\.js"$/],
  [['--signal', 'SIGNOT', 'app.js'], /^--signal must be the name of a signal, as SIGTERM, not "SIGNOT"$/],
] as const) {
  test(`refused: ${args.join(' ') || 'nothing'}`, () => {
    assert.throws(
      () => read(...args),
      (error) => error instanceof UsageError && error.status === 2 && message.test(error.message),
      message.source,
    )
  })
}

test('help and version need no program', () => {
  assert.deepEqual(
    [['--help'], ['-h'], ['--overlap', '-h', 'x'], ['--version'], ['-v'], ['-vh']].map(
      (args) => read(...args).is,
    ),
    ['help', 'help', 'help', 'version', 'version', 'help'],
  )
})

test('the help fits a screen, and shows every option', () => {
  const lines = HELP.trimEnd().split('\n')
  assert.ok(lines.length < 24, `${lines.length} lines, and the prompt`)
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  )
  const shown = [...HELP.matchAll(/--((?:no-)?[a-z][a-z-]*)/g)].map(([, name = '']) =>
    name.replace(/^no-/, ''),
  )
  const all = Object.keys(OPTIONS).map((name) =>
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  )
  assert.deepEqual(shown.sort(), [...all, 'config', 'help', 'version'].sort())
})
