import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runsFilesItself } from '../../src/parent/programs/node-program.ts'
import { startLine, titleOfCommand } from '../../src/parent/start-line.ts'

const NODE = { title: { text: 'app.ts, by tsx', isNode: true }, entry: '/app.ts' }
const TOOL = {
  title: { text: 'node_modules/.bin/vite-node', isNode: true },
  entry: '/a/node_modules/.bin/vite-node',
  runsFilesItself: true,
}
const EVAL = { title: { text: 'the program', isNode: true }, entry: null }
const COMMAND = { title: { text: 'make, a command', isNode: false }, entry: null }
const NOTHING = { mode: 'program', watch: null, ext: null, keys: false } as const

for (const [program, settings, isTerminal, line] of [
  [NODE, {}, false, 'app.ts, by tsx · watching the files that it loads'],
  [NODE, {}, true, 'app.ts, by tsx · watching the files that it loads · --keys takes commands'],
  [NODE, { keys: true }, true, 'app.ts, by tsx · watching the files that it loads'],
  [NODE, { watch: ['/a', '/b'] }, false, 'app.ts, by tsx · watching the files that it loads, and /a, /b'],
  [NODE, { watch: [process.cwd()] }, false, 'app.ts, by tsx · watching the files that it loads, and .'],
  [
    TOOL,
    {},
    false,
    'node_modules/.bin/vite-node · watching the files that it loads, not what it reads and runs itself (to watch that: --watch <directory>)',
  ],
  [TOOL, { watch: ['/a'] }, false, 'node_modules/.bin/vite-node · watching the files that it loads, and /a'],
  [EVAL, {}, false, 'the program · watching the files that it loads'],
  [COMMAND, {}, false, 'make, a command · watching .'],
  [COMMAND, { watch: ['/a'], ext: ['c', 'h'] }, false, 'make, a command · watching /a (c, h)'],
  [NODE, { mode: 'app' }, true, 'app.ts, by tsx · watching the files that it loads'],
  [NODE, { mode: 'app' }, false, undefined],
  [COMMAND, { mode: 'embedded' }, true, undefined],
] as const)
  test(`${program.title.text}, ${JSON.stringify(settings)}, terminal: ${isTerminal}: ${line}`, () => {
    assert.equal(startLine(program, { ...NOTHING, ...settings }, isTerminal), line)
  })

for (const [words, title] of [
  [['python3', 'app.py'], 'python3 app.py, a command'],
  [['echo 1\necho 2'], 'echo 1, a command'],
  [['x'.repeat(100)], `${'x'.repeat(60)}…, a command`],
] as const)
  test(`the title of ${JSON.stringify(words)}`, () => assert.equal(titleOfCommand(words), title))

for (const [entry, specifier, expected] of [
  ['/a/node_modules/vite-node/vite-node.mjs', undefined, true],
  ['/a/app.ts', 'jiti/register', true],
  ['/a/app.js', 'esm', true],
  ['/a/app.js', '/a/node_modules/jiti/lib/jiti-register.mjs', true],
  ['/a/app.ts', 'tsx', false],
  ['/a/app.js', './esm-tools/setup.js', false],
  [null, undefined, false],
] as const)
  test(`${entry} behind ${specifier}: it ${expected ? 'may run' : 'does not run'} files that Node does not load`, () => {
    const preloads = specifier === undefined ? [] : [{ kind: 'import' as const, specifier }]
    assert.equal(runsFilesItself({ entry, preloads }), expected)
  })
