/** What a target means, and what a name of a function leads to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { deserialize } from 'node:v8'
import { commandForTarget } from '../../src/run-process/command-for-target.ts'
import { detectTargetType, importString } from '../../src/run-process/index.ts'
import { wordsIn } from '../../src/run-process/words.ts'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

for (const target of [
  './worker.ts#main',
  '../a b/worker.mjs#default',
  '/abs/worker.cjs#$run',
  'file:///abs/worker.js#main',
  'worker.js#main',
  '@scope/package/part#main',
  './#odd/worker.tsx#ünder_1',
  new URL('./worker.ts#main', import.meta.url),
]) {
  test(`${target} is a function`, () => assert.equal(detectTargetType(target), 'function'))
}

for (const target of [
  './worker.ts',
  'node worker.js',
  'python3 app.py',
  './example.sh',
  'make && ./server',
  'curl http://localhost/page#part',
  'echo a#b',
  './worker.ts#',
  './worker.ts#1',
  ['./worker.ts#main'],
]) {
  test(`${target} is a command`, () => assert.equal(detectTargetType(target), 'command'))
}

const MODULE = 'export const one = 1; export function two() {}; export default 3'

for (const [target, operator] of [
  ['make && ./server', '&&'],
  ['python3 app.py > log', '>'],
  ['cat a | sort', '|'],
  ['./server &', '&'],
  ['make; ./server', ';'],
  ['./server 2>errors.log', '2>'],
  ['PORT=3000 node app.js', 'PORT=3000'],
  ['ls $HOME', '$HOME'],
  ['echo $(date)', '$('],
])
  test(`${target} is for a shell, and that is said`, () => {
    assert.throws(
      () => commandForTarget(target as string, 'command', [], '/'),
      ({ message }: Error) =>
        message.includes(`"${operator}" is for a shell`) && message.includes(`['sh', '-c', "${target}"]`),
    )
  })

test('what is quoted is an argument, and so is a word of a list', () => {
  for (const target of [
    "echo '&&' '$HOME'",
    'echo a&&b',
    'echo a=b 10% "$"',
    'echo \\;',
    ['echo', '&&', '$A'],
  ])
    assert.ok(commandForTarget(target, 'command', [], '/').command)
})

test('importString() gives an export, from the working directory or by a URL', async (t) => {
  const dir = tempDir(t, {
    'pkg/mod.mjs': MODULE,
    'pkg/common.cjs': 'module.exports = { [`made up`]: 1, common: 2, made_up: 3 }',
    'node_modules/other/package.json': '{"name":"other","main":"main.mjs"}',
    'node_modules/other/main.mjs': MODULE,
    'app.mjs': `
      import { importString } from 'exit75/run'
      for (const name of ['./pkg/mod.mjs#one', 'pkg/mod.mjs#default', './pkg/common.cjs#made_up', 'other#one'])
        console.log(name, await importString(name))`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
  assert.equal(
    run.output(),
    './pkg/mod.mjs#one 1\npkg/mod.mjs#default 3\n./pkg/common.cjs#made_up 3\nother#one 1\n',
  )
  assert.equal(await importString(new URL('pkg/mod.mjs#one', pathToFileURL(`${dir.path}/`))), 1)
})

for (const { what, name, says } of [
  {
    what: 'there is no such module',
    name: './nowhere.mjs#main',
    says: /^importString\(\): there is no module \.\/nowhere\.mjs in \//,
  },
  {
    what: 'there is no such package',
    name: 'no-such-pkg#main',
    says: /there is no module no-such-pkg in \//,
  },
  {
    what: 'the export is missing: those that are there are named',
    name: 'mod.mjs#three',
    says: /the module .*mod\.mjs has no export "three": it exports default, one, two$/,
  },
  {
    what: 'nothing is exported',
    name: 'empty.mjs#three',
    says: /has no export "three": it exports nothing$/,
  },
  {
    what: 'no export is named',
    name: './mod.mjs',
    says: /"\.\/mod\.mjs" does not name a module and its export/,
  },
  {
    what: 'it is not a file',
    name: 'https://host/mod.js#main',
    says: /is not a file: a function must be in one$/,
  },
  { what: 'the module fails, as it does', name: 'fails.mjs#main', says: /^of its own$/ },
  { what: 'it lacks something itself', name: 'lacks.mjs#main', says: /Cannot find .*lacking\.mjs/ },
]) {
  test(`importString() when ${what}`, async (t) => {
    const dir = tempDir(t, {
      'mod.mjs': MODULE,
      'empty.mjs': '',
      'fails.mjs': "throw new Error('of its own')",
      'lacks.mjs': "import './lacking.mjs'",
    })
    const inDir = /^[a-z]+\.mjs#/.test(name) ? dir.file(name) : name
    await assert.rejects(importString(inDir), { message: says })
  })
}

for (const [what, flags, kept] of [
  ['loaders', ['--import', 'tsx', '-r', './setup.cjs'], ['--import', 'tsx', '-r', './setup.cjs']],
  ['its own code', ['-e', 'code', '--no-warnings'], ['--no-warnings']],
  ['its own code, in one word', ['--eval=code', '--print', 'more', '--input-type=module'], []],
  [
    'its debugger, restarts and tests',
    ['--inspect=0', '--watch-path=.', '--test', '--test-name-pattern=x'],
    [],
  ],
  ['exit75/register', ['--import', 'exit75/register', '--import=./other.mjs'], ['--import=./other.mjs']],
] as const)
  test(`of the flags of the program a function is given what is not the program's own: ${what}`, (t) => {
    const before = process.execArgv
    t.after(() => {
      process.execArgv = before
    })
    process.execArgv = [...flags]
    const { command } = commandForTarget('./worker.mjs#main', 'function', [1], '/here')
    const own = command.args.findIndex((arg) => arg.endsWith('run-function.js'))
    assert.deepEqual([command.file, command.args.slice(0, own)], [process.execPath, kept])
    assert.deepEqual(command.args.slice(own + 1), ['file:///here/worker.mjs#main'])
    assert.deepEqual(deserialize(command.message as Uint8Array), [1])
  })

test('a function that is named as in Python is told its name here', () => {
  assert.throws(() => commandForTarget('pkg.app.main', 'command', [], '/here'), {
    name: 'TypeError',
    message: /^runProcess\(\): .* If "pkg\.app\.main" is a function: \.\/pkg\/app\.js#main$/s,
  })
  for (const file of ['missing.js', 'missing.py', 'missing.exe'])
    assert.throws(() => commandForTarget(file, 'command', [], '/here'), { message: /^(?!.*is a function)/s })
})

test('with the loader of the program TypeScript needs no other', (t) => {
  const before = process.execArgv
  t.after(() => {
    process.execArgv = before
  })
  process.execArgv = ['--import', 'tsx']
  const { args } = commandForTarget(new URL('file:///here/worker.ts#main'), 'function', [], '/here').command
  assert.deepEqual(args.slice(0, -2), ['--import', 'tsx'])
})

for (const [line, words] of [
  ['  python3   app.py\t-v\n', ['python3', 'app.py', '-v']],
  [`say 'a b' "c d" e\\ f`, ['say', 'a b', 'c d', 'e f']],
  [`a'b c'"d e"f`, ['ab cd ef']],
  [`'' ""`, ['', '']],
  [`"\\"\\\\ \\n \\$HOME" '\\"'`, ['"\\ \\n $HOME', '\\"']],
  ['a\\\nb "c\\\nd"', ['ab', 'cd']],
  ['$HOME *.js && # ~', ['$HOME', '*.js', '&&', '#', '~']],
  ['', []],
] as [string, string[]][]) {
  test(`words of ${JSON.stringify(line)}`, () => assert.deepEqual(wordsIn(line), words))
}

test('a quote without an end is refused', () => {
  for (const line of [`say 'a`, 'say "a', 'say "a\\"', 'a\\'])
    assert.throws(() => wordsIn(line), /unterminated quote in /, line)
})
