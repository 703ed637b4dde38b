import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configured, KNOWN, merge, readConfig } from '../../src/options/config.ts'
import type { RunOptions } from '../../src/options/interface.ts'
import { readProgramOptions } from '../../src/options/options.ts'
import { UsageError } from '../../src/options/usage-error.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const OWN = 'exit75.config.json'
const PACKAGE = 'package.json'

test('none is none', (t) => {
  assert.deepEqual(readConfig(tempDir(t, { [PACKAGE]: '{"name":"app"}' }).path, null), {})
})

for (const [title, files, expected] of [
  ['in a file of its own', { [OWN]: '{"settle":1}' }, { settle: 1 }],
  ['in package.json', { [PACKAGE]: '{"exit75":{"settle":2}}' }, { settle: 2 }],
  ['beside a package.json without it', { [PACKAGE]: '{}', [OWN]: '{"settle":3}' }, { settle: 3 }],
  ['that is empty', { [OWN]: '{}' }, {}],
  ['with a byte order mark', { [OWN]: '\uFEFF{"settle":4}' }, { settle: 4 }],
  [
    'with lists and objects',
    { [OWN]: '{"preload":["a"],"listen":[80,{"port":81,"host":"h"}],"env":{"A":"1"}}' },
    {
      preload: ['a'],
      listen: [80, { port: 81, host: 'h' }],
      env: { A: '1' },
    },
  ],
  [
    'with patterns',
    { [OWN]: '{"ignore":["*.log","/x$/i"],"ext":[".js"],"signal":"INT"}' },
    {
      ignore: ['*.log', '/x$/i'],
      ext: ['js'],
      signal: 'SIGINT',
    },
  ],
] as const) {
  test(`a configuration ${title}`, (t) => {
    assert.deepEqual(readConfig(tempDir(t, files).path, null), expected)
  })
}

test('the nearest package is the one that counts, and paths are meant from its directory', (t) => {
  const dir = tempDir(t, {
    [OWN]: '{"settle":1,"watch":["views","/etc/app"]}',
    'src/deep/file': '',
    'packages/one/package.json': '{"exit75":{"watch":["../shared"]}}',
    'packages/one/src/file': '',
    'packages/two/package.json': '{}',
  })
  const above = { settle: 1, watch: [dir.file('views'), '/etc/app'] }
  assert.deepEqual(readConfig(dir.file('src/deep'), null), above)
  assert.deepEqual(readConfig(dir.file('packages'), null), above)
  assert.deepEqual(readConfig(dir.file('packages/one/src'), null), { watch: [dir.file('packages/shared')] })
  assert.deepEqual(readConfig(dir.file('packages/two'), null), {})
})

test('a file that is named is the only one, wherever it is', (t) => {
  const dir = tempDir(t, {
    [OWN]: '{"settle":1}',
    [PACKAGE]: '{"exit75":{"settle":2}}',
    'etc/dev': '{"overlap":true,"watch":["here"]}',
    'other/package.json': '{"exit75":{"settle":3}}',
  })
  assert.deepEqual(readConfig(dir.path, 'etc/dev'), { overlap: true, watch: [dir.file('etc/here')] })
  assert.deepEqual(readConfig(dir.path, 'other/package.json'), { settle: 3 })
})

for (const [title, files, message] of [
  [
    'two of them',
    { [OWN]: '{}', [PACKAGE]: '{"exit75":{}}' },
    /exit75\.config\.json and the key "exit75" in package\.json beside it: use only one of them$/,
  ],
  [
    'an unknown key',
    { [OWN]: '{"onCrush":"wait"}' },
    /config\.json: "onCrush" is unknown\. Did you mean "onCrash"\?$/,
  ],
  [
    'a key that is an option on the command line alone',
    { [OWN]: '{"on-crash":"wait"}' },
    /"on-crash" is unknown\. Did you mean "onCrash"\?$/,
  ],
  [
    'a key of no option',
    { [PACKAGE]: '{"exit75":{"program":"app.js"}}' },
    /package\.json: "exit75\.program" is unknown\. The known ones are: watch, /,
  ],
  ['a key that every object has', { [OWN]: '{"__proto__":{"settle":1}}' }, /"__proto__" is unknown/],
  ['an option that needs JavaScript', { [OWN]: '{"exit":false}' }, /"exit" is unknown/],
  [
    'a wrong value',
    { [PACKAGE]: '{"exit75":{"settle":"5"}}' },
    /package\.json: "exit75\.settle" must be a number of milliseconds from 0 to 60000, not "5"$/,
  ],
  [
    'a word for a list',
    { [OWN]: '{"watch":"views"}' },
    /config\.json: "watch" must be a list of paths, not "views"$/,
  ],
  [
    'a wrong pattern',
    { [OWN]: '{"ignore":["/(/"]}' },
    /config\.json: "ignore": \/\(\/ is not a regular expression/,
  ],
  [
    'a file of JavaScript',
    { 'exit75.config.mjs': '', [PACKAGE]: '{}' },
    /exit75\.config\.mjs is not read: the configuration is exit75\.config\.json, or "exit75" in package\.json$/,
  ],
  ['no object', { [OWN]: '[]' }, /config\.json: it must be an object$/],
  [
    'no object in package.json',
    { [PACKAGE]: '{"exit75":true}' },
    /package\.json: "exit75" must be an object$/,
  ],
  [
    'no JSON',
    { [OWN]: '{\n  "settle": 1,\n  "overlap": yes\n}' },
    /exit75\.config\.json:3: SyntaxError: .*[^\n]*$/,
  ],
  ['a package.json that is no JSON', { [PACKAGE]: '{\n  "exit75": {}\n' }, /package\.json:3: SyntaxError: /],
] as const) {
  test(`refused: ${title}`, (t) => {
    const { path } = tempDir(t, files)
    assert.throws(
      () => readConfig(path, null),
      (error) => error instanceof UsageError && error.status === 2 && message.test(error.message),
      message.source,
    )
  })
}

test('refused: a file that is named and not there, or cannot be read', (t) => {
  const dir = tempDir(t, {})
  assert.throws(
    () => readConfig(dir.path, 'no.json'),
    /^UsageError: there is no configuration file .*no\.json$/,
  )
  assert.throws(() => readConfig(dir.path, '.'), /^UsageError: .* cannot be read: EISDIR/)
})

test('what a configuration holds is taken as what is given: each value, read once more, is the same', (t) => {
  const every: RunOptions = {
    ...{ watch: ['views'], ext: ['.js'], signal: 'SIGINT', keys: true, postpone: true, onCrash: 'wait' },
    ...{
      onExit: 'wait',
      standby: false,
      overlap: true,
      readyTimeout: 1,
      preload: false,
      compileCache: false,
    },
    ...{ listen: ['localhost:80', ':81', 'app.sock'], settle: 0, poll: false, nodeModules: true },
    ...{ ignore: ['*.log', '/x/'], syntaxCheck: false, stopTimeout: 0, killTimeout: 0, onRestart: 'echo' },
    ...{ clearScreen: true, env: { A: '1' }, log: 'silent' },
  }
  const { exec: _, ...known } = Object.fromEntries([...KNOWN.keys()].map((name) => [name, name]))
  assert.deepEqual(Object.keys(every), Object.keys(known))
  const once = readConfig(tempDir(t, { [OWN]: JSON.stringify(every) }).path, null)
  const settings = readProgramOptions(once)
  for (const [name, value] of Object.entries(once)) assert.deepEqual(settings[name as never], value, name)
})

test('the command line wins; lists are replaced, variables are merged', () => {
  const config = {
    onCrash: 'exit',
    settle: 1,
    watch: ['/a'],
    ignore: ['x'],
    env: { A: '1', B: '1' },
  } as const
  assert.deepEqual(merge(config, { settle: 2, watch: ['/b'], env: { B: '2', C: '2' } }), {
    onCrash: 'exit',
    settle: 2,
    watch: ['/b'],
    ignore: ['x'],
    env: { A: '1', B: '2', C: '2' },
  })
  assert.deepEqual(merge({}, {}), { env: {} })
})

test('launchChild() takes what concerns it, and what the program says itself wins', (t) => {
  const dir = tempDir(t, {
    'exit75.config.json': JSON.stringify({
      ...{ onCrash: 'wait', settle: 20, ignore: ['*.gen.js'], env: { A: '1', B: '1' } },
      ...{ watch: ['views'], signal: 'SIGINT', keys: true, exec: true },
    }),
  })
  const own = { onCrash: 'wait', settle: 20, ignore: ['*.gen.js'] }
  assert.deepEqual(configured(dir.path, {}), { ...own, env: { A: '1', B: '1' } })
  assert.deepEqual(configured(dir.path, { settle: 0, onCrash: undefined, env: { B: '2' } } as never), {
    ...{ ...own, settle: 0 },
    env: { A: '1', B: '2' },
  })
  for (const wrong of [null, 'wait', undefined] as never[]) assert.equal(configured(dir.path, wrong), wrong)
  assert.equal(configured(dir.path, { env: 'x' } as never).env, 'x')
})
