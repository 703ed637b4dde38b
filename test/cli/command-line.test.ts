import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { ownAmong, type ParsedArgs, parseCommandLine } from '../../src/cli/command-line.ts'
import { HELP } from '../../src/cli/help.ts'
import { programAmong } from '../../src/cli/nearest-path.ts'
import { OPTIONS } from '../../src/options/table.ts'
import { UsageError } from '../../src/options/usage-error.ts'

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
  [[], []],
  [['--poll', '200'], []],
  [['--overlap', '--'], []],
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
    ['3000', ':3001', 'localhost:80', '[::1]:81', './app:1.sock', 'unix:/run/a'].flatMap((one) => [
      '--listen',
      one,
    ]),
    {
      listen: [
        3000,
        3001,
        { port: 80, host: 'localhost' },
        { port: 81, host: '::1' },
        './app:1.sock',
        '/run/a',
      ],
    },
  ],
  [['--env', 'A=1', '--env', 'B=x=y', '--env=C='], { env: { A: '1', B: 'x=y', C: '' } }],
  [['--log', 'debug'], { log: 'debug' }],
  [['--watch', 'views', '--watch', '/etc/app'], { watch: [resolve('/here/views'), resolve('/etc/app')] }],
  [
    ['--ignore', '*.log', '--ignore', '/\\.tmp$/i', '--ignore', '/var/log'],
    { ignore: ['*.log', '/\\.tmp$/i', '/var/log'] },
  ],
  [['--ext', 'js,.ts', '--ext', 'd.ts'], { ext: ['js', 'ts', 'd.ts'] }],
  [['--ext', 'js, json'], { ext: ['js', 'json'] }],
  [['--signal', 'term'], { signal: 'SIGTERM' }],
  [['--signal', 'SIGUSR1'], { signal: 'SIGUSR1' }],
  [['--exec', '--keys'], { exec: true, keys: true }],
] as const) {
  test(`the options of ${args.join(' ') || 'nothing'}`, () => {
    assert.deepEqual(run(...args, '--', 'app.js').options, options)
  })
}

test('the configuration file is not an option but where to find some', () => {
  const { options, config } = run('--config', 'dev.json', 'app.js')
  assert.deepEqual([options, config], [{}, 'dev.json'])
  assert.equal(run('app.js', '--config', 'its-own.json').config, null)
})

for (const [args, flags, options] of [
  [['--inspect', '-r', 'dotenv/config'], ['--inspect', '-r', 'dotenv/config'], {}],
  [['--import', 'tsx', '--env-file=.env'], ['--import', 'tsx', '--env-file=.env'], {}],
  [['--env-file', '.env', '-C', 'dev'], ['--env-file', '.env', '-C', 'dev'], {}],
  [
    ['--settle', '5', '--enable-source-maps', '--overlap'],
    ['--enable-source-maps'],
    { settle: 5, overlap: true },
  ],
  [['--max_old_space_size=99', '--trace-gc'], ['--max_old_space_size=99', '--trace-gc'], {}],
  [['--conditions', '-x'], ['--conditions', '-x'], {}],
  [['--watch', 'x', '--no-warnings'], ['--no-warnings'], { watch: [resolve('/here/x')] }],
] as const) {
  test(`Node's own flags among the options: ${args.join(' ')}`, () => {
    const line = run(...args, 'app.js', '--inspect')
    assert.deepEqual([line.flags, line.options, line.words], [flags, options, ['app.js', '--inspect']])
  })
}

for (const [args, own] of [
  [['app.js', '--watch', 'x'], '--watch'],
  [['app.js', '--on-crash=exit'], '--on-crash'],
  [['app.js', 'x', '--no-standby'], '--no-standby'],
  [['app.js', '--help', '-v', '--version', '--inspect', 'x'], undefined],
] as const) {
  test(`an option of exit75 behind the program: ${args.join(' ')}`, () => {
    assert.equal(ownAmong(run(...args).words.slice(1)), own)
    assert.equal(run('--', ...args).isMarked, true)
  })
}

for (const [typed, here] of [
  ['-w', '--watch'],
  ['--watch-path=src', '--watch'],
  ['--include', '--watch'],
  ['-e', '--ext'],
  ['--exts', '--ext'],
  ['-i', '--ignore'],
  ['--exclude', '--ignore'],
  ['--delay', '--settle'],
  ['-L', '--poll'],
  ['--legacy-watch', '--poll'],
  ['-x', 'exit75 python3 app.py'],
  ['-V', '--log debug'],
  ['-q', '--log silent'],
  ['--watch-kill-signal', '--signal'],
  ['--exitcrash', '--on-crash exit'],
  ['--no-restart-on:error', '--on-crash exit'],
  ['--clear', '--clear-screen'],
  ['--preserve-output', '--clear-screen'],
  ['--on-change-only', '--postpone'],
  ['--on-busy-update', '--stop-timeout'],
  ['--shell', 'make && ./server'],
  ['--no-vcs-ignore', '.gitignore'],
  ['--no-update-notifier', 'never looks for updates'],
  ['-p', 'node -p'],
  ['--watch-delay', '--settle'],
  ['--watchIgnore', '--ignore'],
  ['--killSignal', '--signal'],
  ['--polling-interval', '--poll'],
  ['-E', '--env NAME=value'],
  ['--wait-ready', '--overlap'],
  ['--listen-timeout', '--ready-timeout'],
  ['--tsconfig', 'exit75 tsx'],
  ['--node-args', 'exit75 --inspect app.js'],
  ['--interpreter', 'exit75 python3 app.py'],
  ['--chdir', 'cd there first'],
  ['--hot', 'saveState()'],
  ['--max-memory-restart', 'supervisor'],
] as const) {
  test(`what other tools call ${typed} is named as it is called here`, () => {
    assert.throws(
      () => read(typed, 'x', 'app.js'),
      ({ message }: Error) =>
        message.startsWith(`unknown option ${typed.replace(/=.*/, '')}. `) && message.includes(here),
    )
  })
}

for (const [args, message] of [
  [['-C', 'app.js'], /^-C is Node's --conditions, not for app\.js\. .* use --postpone$/],
  [['-r', '--', 'python3', 'app.py'], /^-r needs a value\. A program is always restarted here$/],
  [['--overlap=false', 'app.js'], /^--overlap takes no value, but was given "false"\. Write --no-overlap$/],
  [['--inspct', 'app.js'], /^unknown option --inspct\. Did you mean --inspect\?$/],
  [
    ['--enable-source-map', 'app.js'],
    /^unknown option --enable-source-map\. Did you mean --enable-source-maps\?$/,
  ],
  [['--envfile', '.env', 'app.js'], /^unknown option --envfile\. Did you mean --env-file\?$/],
  [['--import'], /^--import needs a value\. Usage/],
  [['--setle', '5', 'app.js'], /^unknown option --setle\. Did you mean --settle\?$/],
  [['--onCrash', 'wait', 'app.js'], /^unknown option --onCrash\. Did you mean --on-crash\?$/],
  [['--no-standy', 'app.js'], /^unknown option --no-standy\. Did you mean --no-standby\?$/],
  [['--no-settle', 'app.js'], /^unknown option --no-settle\. Did you mean --settle\?$/],
  [
    ['--verbosely', 'app.js'],
    /^unknown option --verbosely\. Options of the program come after it\. See exit75 --help$/,
  ],
  [
    ['--quux', 'app.js'],
    /^unknown option --quux\. Options of the program come after it\. See exit75 --help$/,
  ],
  [['-q', 'app.js'], /^unknown option -q\. /],
  [['--__proto__', 'app.js'], /^unknown option --__proto__\./],
  [['--settle', '5s', 'app.js'], /^--settle must be a number of milliseconds from 0 to 60000, not "5s"$/],
  [['--settle', '-5', 'app.js'], /^--settle needs a value\. Usage/],
  [['--settle=-5', 'app.js'], /^--settle must be .*, not "-5"$/],
  [['--settle'], /^--settle needs a value\. Usage/],
  [['--watch', '--overlap', 'app.js'], /^--watch needs a value\. Usage/],
  [['--watch', '--', 'app.js'], /^--watch needs a value\. Usage/],
  [['--config=', 'app.js'], /^--config needs a value/],
  [['--overlap=yes', 'app.js'], /^--overlap takes no value, but was given "yes"$/],
  [['--on-crash', 'restart', 'app.js'], /^--on-crash must be "exit" or "wait", not "restart"$/],
  [['--poll=1', 'app.js'], /^--poll must be an interval of 10 milliseconds or more, not "1"$/],
  [['--poll', '1s', 'app.js'], /^--poll must be an interval of 10 milliseconds or more, not "1s"$/],
  [['--poll', 'yes', 'app.js'], /^--poll must be .*, not "yes"$/],
  [['--poll=', 'app.js'], /^--poll needs a value/],
  [['--listen', '70000', 'app.js'], /^--listen must be a port \(0 to 65535\), .*, not "70000"$/],
  [['--listen', 'udp:80', 'app.js'], /^--listen must be .*, not "udp:80"$/],
  [['--listen', 'app', 'app.js'], /^--listen must be .*, not "app"$/],
  [['--listen', '80', '--listen', '80', 'app.js'], /^--listen must be .* once, not "80", "80"$/],
  [
    ['--preload', './setup.js', 'app.js'],
    /^--preload must be false or the name of a package, not "\.\/setup\.js"$/,
  ],
  [['--env', 'PORT', 'app.js'], /^--env must be NAME=value, not "PORT"$/],
  [['--ignore', '/(/', 'app.js'], /^--ignore: \/\(\/ is not a regular expression: Invalid/],
  [['--ext', '*.js', 'app.js'], /^--ext must be comma-separated extensions, not "\*\.js"$/],
  [
    ['--signal', 'SIGNOT', 'app.js'],
    /^--signal must be the name of a signal, such as SIGTERM, not "SIGNOT"$/,
  ],
] as const) {
  test(`refused: ${args.join(' ') || 'nothing'}`, () => {
    assert.throws(
      () => read(...args),
      (error) => error instanceof UsageError && error.status === 2 && message.test(error.message),
      message.source,
    )
  })
}

test('--watch app.js and no program is what node --watch takes: what to write is said', () => {
  assert.equal(programAmong(['/data', '/x/app.mts']), ' · to run /x/app.mts: exit75 /x/app.mts')
  assert.equal(programAmong(['/data']), '')
  assert.equal(programAmong(), '')
})

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
  const all = Object.entries(OPTIONS).flatMap(([name, { help }]) =>
    help === undefined ? [] : [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)],
  )
  assert.deepEqual(shown.sort(), all.sort())
})
