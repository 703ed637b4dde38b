/** Which loader runs TypeScript, decided from files alone; test/world tries the real packages. */
import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { findProgram } from '../../src/cli/find-program.ts'
import { STRIPS_TYPES } from '../helpers/app.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** As far as they are looked at. */
const packageOf = (name: string, exports: Record<string, string>): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, exports }),
  ...Object.fromEntries(
    Object.values(exports).flatMap((file) =>
      file === './package.json' ? [] : [[`node_modules/${name}/${file}`, '']],
    ),
  ),
})
const TSX = packageOf('tsx', { '.': './loader.mjs', './package.json': './package.json' })
const SWC = packageOf('@swc-node/register', { '.': './index.js', './esm-register': './esm.mjs' })
const TS_NODE = packageOf('ts-node', {
  '.': './index.js',
  './register': './register.js',
  './esm': './esm.mjs',
  './package.json': './package.json',
})

const depends = (...names: string[]) =>
  JSON.stringify({ devDependencies: Object.fromEntries(names.map((name) => [name, '1'])) })

interface Choice {
  readonly by: string | undefined
  readonly flags: readonly string[]
  readonly env: NodeJS.ProcessEnv | undefined
}

function choice(dir: TempDir, words: readonly string[], env: NodeJS.ProcessEnv = {}): Choice {
  const found = findProgram(words, { directory: dir.path, env: { PATH: '/nowhere', ...env } })
  assert.ok(found.is === 'node', found.is)
  return { by: found.by, flags: found.execArgv, env: found.env }
}

const all = {
  ...TSX,
  ...SWC,
  ...TS_NODE,
  'src/app.ts': '',
  'src/page.tsx': '',
  'src/a.mts': '',
  'src/a.cts': '',
}
const NODE = "Node's type stripping"

for (const [title, files, by] of [
  ['nothing', {}, STRIPS_TYPES ? NODE : 'tsx'],
  ['tsx', { 'package.json': depends('tsx') }, 'tsx'],
  ['@swc-node/register', { 'package.json': depends('@swc-node/register') }, '@swc-node/register'],
  ['ts-node', { 'package.json': depends('ts-node') }, 'ts-node'],
  ['all of them', { 'package.json': depends('ts-node', '@swc-node/register', 'tsx') }, 'tsx'],
  ['another package', { 'package.json': depends('typescript') }, STRIPS_TYPES ? NODE : 'tsx'],
  ['one, as a dependency', { 'package.json': '{"dependencies":{"ts-node":"1"}}' }, 'ts-node'],
  ['one, as a peer', { 'package.json': '{"peerDependencies":{"ts-node":"1"}}' }, 'ts-node'],
  ['one, optionally', { 'package.json': '{"optionalDependencies":{"ts-node":"1"}}' }, 'ts-node'],
  [
    'one in the workspace root',
    { 'package.json': depends('ts-node'), 'src/package.json': depends('typescript') },
    'ts-node',
  ],
  [
    'another one than the workspace root does',
    { 'package.json': depends('tsx'), 'src/package.json': depends('ts-node') },
    'ts-node',
  ],
] as const) {
  test(`TypeScript, where the package depends on ${title}, by ${by}`, (t) => {
    assert.equal(choice(tempDir(t, { ...all, ...files }), ['src/app.ts', 'x']).by, by)
  })
}

test('what is not installed is passed over', (t) => {
  const dir = tempDir(t, { 'package.json': depends('tsx', 'ts-node'), 'app.ts': '', ...TS_NODE })
  assert.equal(choice(dir, ['app.ts']).by, 'ts-node')
})

test('what is depended on and not installed is said, where nothing else can', (t) => {
  const dir = tempDir(t, { 'package.json': depends('ts-node'), 'page.tsx': '' })
  assert.throws(
    () => choice(dir, ['page.tsx']),
    /page\.tsx is written in JSX, .*: the package depends on ts-node, which is not installed: npm install$/,
  )
})

test('JavaScript, a loader of the user, and flags in front', (t) => {
  const dir = tempDir(t, { ...all, 'package.json': depends('tsx'), 'app.js': '' })
  const tsx = ['--import', pathToFileURL(dir.file('node_modules/tsx/loader.mjs')).href]
  assert.deepEqual(choice(dir, ['app.js']), { by: undefined, flags: [], env: undefined })
  assert.deepEqual(choice(dir, ['src/app.ts'], { NODE_OPTIONS: '--import=mine' }).flags, [])
  assert.deepEqual(choice(dir, ['node', '--inspect', 'src/app.ts']).flags, ['--inspect', ...tsx])
  const given = (flags: readonly string[], words: readonly string[]) => {
    const found = findProgram(words, { directory: dir.path, env: { PATH: '' }, flags })
    return found.is === 'node' ? [found.execArgv, found.by] : found
  }
  assert.deepEqual(given(['--inspect'], ['src/app.ts']), [['--inspect', ...tsx], 'tsx'])
  assert.deepEqual(given(['--import', 'mine'], ['src/app.ts']), [['--import', 'mine'], undefined])
  assert.deepEqual(given(['--inspect'], ['node', '-r', 'x', 'app.js']), [['--inspect', '-r', 'x'], undefined])
  assert.deepEqual(given(['-p', '1'], ['a']), [['-p', '1'], undefined])
  assert.throws(
    () => given(['--inspect'], ['make && ./x']),
    /^UsageError: --inspect is a Node flag, but "make && \.\/x" is not a Node program\./,
  )
  assert.throws(() => given(['--inspect'], ['/bin/sh', 'x']), /"\/bin\/sh" is not a Node program/)
})

test('the flags of each, for CommonJS and for ES modules', (t) => {
  for (const [name, commonJs, esm] of [
    ['ts-node', 'ts-node/register.js', 'ts-node/esm.mjs'],
    ['@swc-node/register', '@swc-node/register/index.js', '@swc-node/register/esm.mjs'],
  ] as const) {
    const dir = tempDir(t, {
      ...all,
      'package.json': depends(name),
      'esm/package.json': '{"type":"module"}',
      'esm/app.ts': '',
    })
    const required = ['-r', dir.file(`node_modules/${commonJs}`)]
    const isImported = (flags: readonly string[]) => flags[0] === '--import' && flags[1]?.includes(esm)
    for (const file of ['src/app.ts', 'src/page.tsx', 'src/a.cts'])
      assert.deepEqual(choice(dir, [file]).flags, required)
    for (const file of ['src/a.mts', 'esm/app.ts']) assert.ok(isImported(choice(dir, [file]).flags), file)
  }
})

test('ts-node is told of the tsconfig.json beside the entry, as its command finds it', (t) => {
  const dir = tempDir(t, {
    ...all,
    'package.json': depends('ts-node'),
    'src/tsconfig.json': '{}',
    'tsconfig.json': '{}',
  })
  assert.deepEqual(choice(dir, ['src/app.ts']).env, { TS_NODE_PROJECT: dir.file('src/tsconfig.json') })
  assert.equal(choice(dir, ['src/app.ts'], { TS_NODE_PROJECT: 'x' }).env, undefined)
})

const LINES: Record<string, readonly [flags: readonly string[], env?: NodeJS.ProcessEnv]> = {
  'tsx src/app.ts': [['tsx']],
  './node_modules/.bin/tsx src/app.ts': [['tsx']],
  'node node_modules/.bin/tsx src/app.ts': [['tsx']],
  'node --inspect node_modules/tsx/cli.mjs src/app.ts': [['--inspect', 'tsx']],
  'npx tsx src/app': [['tsx']],
  'npx --no-install tsx src/app.ts': [['tsx']],
  'pnpm exec tsx src/app.ts': [['tsx']],
  'yarn tsx src/app.ts': [['tsx']],
  'tsx watch --clear-screen=false src/app.ts': [['tsx']],
  'tsx --inspect -r x --env-file=.env src/app.ts': [['--inspect', '-r', 'x', '--env-file=.env', 'tsx']],
  'tsx --no-cache --tsconfig ts.json src/app.ts': [
    ['tsx'],
    { TSX_DISABLE_CACHE: '1', TSX_TSCONFIG_PATH: 'ts.json' },
  ],
  'ts-node src/app.ts': [['ts-node']],
  './node_modules/.bin/ts-node src/app.ts': [['ts-node']],
  'ts-node -r tsconfig-paths/register src/app.ts': [['ts-node', '-r', 'tsconfig-paths/register']],
  'ts-node -T --files -P ts.json src/app.ts': [
    ['ts-node'],
    { TS_NODE_TRANSPILE_ONLY: 'true', TS_NODE_FILES: 'true', TS_NODE_PROJECT: 'ts.json' },
  ],
  'ts-node --transpile-only src/app.ts': [['ts-node'], { TS_NODE_TRANSPILE_ONLY: 'true' }],
  'ts-node-transpile-only src/app.ts': [['ts-node'], { TS_NODE_TRANSPILE_ONLY: 'true' }],
  'ts-node -I a --ignore=b -D 1 src/app.ts': [
    ['ts-node'],
    { TS_NODE_IGNORE: 'a,b', TS_NODE_IGNORE_DIAGNOSTICS: '1' },
  ],
  'ts-node --esm src/app.ts': [['ts-node/esm']],
  'ts-node-esm src/app.ts': [['ts-node/esm']],
  'swc-node src/app.ts': [['swc-node']],
  './node_modules/.bin/swc-node --inspect --conditions own src/app.ts': [
    ['swc-node', '--inspect', '--conditions', 'own'],
  ],
  'node_modules/swc-node/bin/swc-node src/a.mts': [['swc-node']],
}

function withBins(t: Test): TempDir {
  const shim = '#!/bin/sh\n'
  return tempDir(t, {
    ...all,
    'node_modules/tsx/package.json': JSON.stringify({
      ...JSON.parse(TSX['node_modules/tsx/package.json'] as string),
      bin: './cli.mjs',
    }),
    'node_modules/tsx/cli.mjs': '#!/usr/bin/env node\n',
    // As pnpm writes them.
    'node_modules/.bin/tsx': shim,
    'node_modules/.bin/ts-node': shim,
    'node_modules/.bin/swc-node': shim,
    'node_modules/swc-node/package.json': '{"name":"swc-node","bin":{"swc-node":"./bin/swc-node"}}',
    'node_modules/swc-node/bin/swc-node': '#!/bin/bash\n',
  })
}

for (const [line, [expected, env]] of Object.entries(LINES)) {
  test(`a launcher is run as flags: ${line}`, (t) => {
    const dir = withBins(t)
    const { flags, ...found } = choice(dir, [...line.split(' '), 'x'])
    const known: Record<string, readonly string[]> = {
      tsx: ['--import', pathToFileURL(dir.file('node_modules/tsx/loader.mjs')).href],
      'ts-node': ['-r', dir.file('node_modules/ts-node/register.js')],
      'swc-node': ['-r', dir.file('node_modules/@swc-node/register/index.js')],
      'ts-node/esm': [
        '--import',
        `data:text/javascript,import{register}from"node:module";register("${pathToFileURL(dir.file('node_modules/ts-node/esm.mjs'))}")`,
      ],
    }
    assert.deepEqual(
      flags,
      expected.flatMap((one) => known[one] ?? [one]),
    )
    const by = /tsx|ts-node/.exec(line)?.[0] ?? '@swc-node/register'
    assert.deepEqual(found, { by, env })
    assert.deepEqual(choice(dir, [line]).flags, flags, 'the same in one word')
  })
}

for (const line of [
  'tsx',
  'tsx -e 1',
  'tsx --test',
  'tsx --version',
  'ts-node',
  'ts-node -p 1',
  'ts-node --swc src/app.ts',
]) {
  test(`a launcher that is to do something else is run as it is: ${line}`, (t) => {
    const dir = withBins(t)
    const [word = '', ...args] = line.split(' ')
    const bin = `./node_modules/.bin/${word}`
    assert.throws(() => choice(dir, [bin, ...args]), /is neither a Node program nor executable/)
  })
}

test('what tsx watch is told to watch is for exit75', (t) => {
  assert.throws(
    () => choice(withBins(t), ['tsx', 'watch', '--include', 'x', 'src/app.ts']),
    /^UsageError: --include of tsx watch is an option of exit75 here: exit75 --watch <path> tsx …$/,
  )
})

test('a launcher is run as flags: by the script that Yarn puts on PATH', (t) => {
  const dir = withBins(t)
  const target = dir.file('node_modules/tsx/cli.mjs').replaceAll("'", `'"'"'`)
  dir.write('of yarn/tsx', `#!/bin/sh\nexec "/usr/bin/node" '${target}' "$@"\n`)
  chmodSync(dir.file('of yarn/tsx'), 0o755)
  const { by, flags } = choice(dir, ['tsx', 'src/app.ts'], { PATH: dir.file('of yarn') })
  assert.equal(by, 'tsx')
  assert.deepEqual(flags, ['--import', pathToFileURL(dir.file('node_modules/tsx/loader.mjs')).href])
})

test("what Yarn's Plug'n'Play passes to Node is not a loader of the user's choice", (t) => {
  const dir = tempDir(t, { ...all, 'package.json': depends('tsx') })
  const given = (more: string) => ({
    NODE_OPTIONS: `--require /p/.pnp.cjs --experimental-loader file:///p/.pnp.loader.mjs${more}`,
  })
  assert.equal(choice(dir, ['src/app.ts'], given('')).by, 'tsx')
  assert.equal(choice(dir, ['src/app.ts'], given(' --import own')).by, undefined)
})
