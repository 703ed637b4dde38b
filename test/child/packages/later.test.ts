/** What happens to packages that were loaded ahead when something changes before or after the launch. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startCli } from '../../helpers/cli.ts'
import { inTurn } from '../../helpers/in-turn.ts'
import { standbyWith } from '../../helpers/standby.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

const READER = (version: string) => `
  exports.version = '${version}'
  exports.late = String(process.env.LATE)
  // Set at the launch: who was loaded before has another value.
  Object.defineProperty(exports, 'changes', { value: process.env.EXIT75_CHANGES })`

const APP = `
  require('./setup.cjs')
  const reader = require('reader')
  const { version, late, changes } = reader
  console.log('runs', version, late, changes === process.env.EXIT75_CHANGES ? 'cold' : 'ahead', require('./version.cjs'))
  setInterval(() => {}, 1000)`

const FILES = {
  'package.json': '{}',
  'app.cjs': APP,
  'setup.cjs': '',
  'version.cjs': "module.exports = 'a'",
  'node_modules/reader/index.js': READER('one'),
}

test('packages that were loaded ahead are never stale', async (t) => {
  const dir = tempDir(t, FILES)
  const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  let version = 0
  const edit = () => {
    version += 1
    dir.write('version.cjs', `module.exports = '${version}'`)
    return version
  }
  const standby = (loads: boolean) => standbyWith(run, 'reader', loads)

  await run.says('runs one undefined cold a')
  await inTurn(t, [
    [
      'it is loaded ahead',
      async () => {
        await standby(true)
        await run.says(`runs one undefined ahead ${edit()}`)
      },
    ],
    [
      'an edit by hand in node_modules: the next standby has it, and nothing restarts for it',
      async () => {
        await standby(true)
        dir.write('node_modules/reader/index.js', READER('two'))
        await run.says(/standby \d+ is no longer useful/)
        await standby(true)
        await run.says(`runs two undefined ahead ${edit()}`)
      },
    ],
    [
      'the app sets up what it has read: one line, and the app is restarted without it',
      async () => {
        await standby(true)
        dir.write('setup.cjs', "process.env.LATE = 'set'")
        await run.says(
          /^\[exit75\] reader reads LATE, which the app sets · restarted without loading it ahead/,
        )
        await run.says(`runs two set cold ${version}`)
      },
    ],
    [
      'from then on the app loads it',
      async () => {
        await standby(false)
        await run.says(`runs two set cold ${edit()}`)
      },
    ],
  ])
  assert.doesNotMatch(run.output(), /Error/)
})

test('with preload: false nothing is loaded ahead, and what it names is, whatever it does', async (t) => {
  const dir = tempDir(t, { ...FILES, 'setup.cjs': "process.env.LATE = 'set'" })
  for (const [preload, loaded] of [
    ['false', 'one set cold'],
    ['reader', 'one undefined ahead'],
  ] as const) {
    dir.write('version.cjs', "module.exports = 'a'")
    const run = startCli(t, ['--preload', preload, 'app.cjs'], {
      cwd: dir.path,
      env: { EXIT75_LOG: 'debug' },
    })
    await run.says('runs one set cold a')
    await run.says(/standby \d+ is ready/)
    dir.write('version.cjs', "module.exports = 'b'")
    await run.says(`runs ${loaded} b`)
    run.signal('SIGTERM')
    await run.ended
  }
})

for (const flags of [[], ['--import', './setup.cjs']])
  test(`a package of preload that cannot be loaded gets one line${flags.length > 0 ? ', with --import' : ''}`, async (t) => {
    const dir = tempDir(t, FILES)
    const run = startCli(t, [...flags, '--preload', 'raeder', 'app.cjs'], { cwd: dir.path })
    await run.says(/^runs one undefined \w+ a\n/)
    await run.says(/^\[exit75\] preload: raeder is not loaded ahead: Cannot find \w+ 'raeder'\n/)
    dir.write('version.cjs', "module.exports = 'b'")
    await run.says(/^runs one undefined \w+ b\n/)
    dir.write('version.cjs', "module.exports = 'c'")
    await run.says(/^runs one undefined \w+ c\n/)
    assert.equal(run.count('[exit75] preload:'), 1)
  })

/** What the app does to the process before it asks for the package, and what the package says then. */
const CHANGED: Readonly<Record<string, readonly [code: string, said: string]>> = {
  'the working directory': ["process.chdir('sub')", 'sub 2 real'],
  'the arguments': ["process.argv.push('--more')", 'top 3 real'],
  'a module in the cache': [
    "require.cache[require.resolve('other')] = { id: 'other', loaded: true, exports: 'stand-in' }",
    'top 2 stand-in',
  ],
}

for (const [what, [code, said]] of Object.entries(CHANGED))
  test(`an app that changes ${what} first is not loaded ahead of`, async (t) => {
    const dir = tempDir(t, {
      'package.json': '{}',
      'sub/file': '',
      'node_modules/other/index.js': "module.exports = 'real'",
      'node_modules/place/index.js': `
        const { basename } = require('node:path')
        module.exports = [basename(process.cwd()) === 'sub' ? 'sub' : 'top', process.argv.length, require('other')].join(' ')`,
      'app.cjs': `${code}; console.log('runs', require('place'), require('./version.cjs')); setInterval(() => {}, 1000)`,
      'version.cjs': "module.exports = 'a'",
    })
    const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
    await run.says(`runs ${said} a`)
    await run.says(/standby \d+ is ready/)
    dir.write('version.cjs', "module.exports = 'b'")
    await run.says(`runs ${said} b`)
    assert.equal(run.count(/^runs /), 2, run.output())
  })

/** Cold and from a standby, the app says `runs`, then this. */
async function saysTheSame(t: TestContext, files: Record<string, string>, said: string) {
  const dir = tempDir(t, { 'package.json': '{}', 'version.cjs': "module.exports = 'a'", ...files })
  const run = startCli(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says(`runs ${said} a`)
  await run.says(/standby \d+ is ready/)
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says(/^runs (.*) b$/m)
  assert.deepEqual(run.output().match(/^runs .*$/gm), [`runs ${said} a`, `runs ${said} b`])
  return run
}

const IN_A_PACKAGE = { 'node_modules/named/package.json': '{"type":"module","exports":"./index.js"}' }
const MAIN = `
  import named from 'named'
  import version from './version.cjs'
  console.log('runs', named, version)
  setInterval(() => {}, 1000)`

test('an app that registers a hook first is not loaded ahead of', async (t) => {
  await saysTheSame(
    t,
    {
      ...IN_A_PACKAGE,
      'app.mjs': "import './hook.mjs'; await import('./main.mjs')",
      'main.mjs': MAIN,
      'hook.mjs': "import { register } from 'node:module'; register('./instrument.mjs', import.meta.url)",
      'instrument.mjs': `
        export async function load(url, context, next) {
          const loaded = await next(url, context)
          return url.includes('/named/') ? { ...loaded, source: "export default 'hooked'" } : loaded
        }`,
      'node_modules/named/index.js': "export default 'plain'",
    },
    'hooked',
  )
})

test('a package that imports node:process is loaded ahead, and who reads a variable by name is seen', async (t) => {
  const files = {
    ...IN_A_PACKAGE,
    'app.mjs': `
      import './setup.mjs'
      import pure from 'pure'
      import process, { env } from 'node:process'
      import { types } from 'node:util'
      globalThis.seen = [pure, env === process.env, types.isProxy(env)].join(' ')
      await import('./main.mjs')`,
    'main.mjs': MAIN.replace("'runs', named", "'runs', seen, named"),
    'setup.mjs': "process.env.STAGE = 'development'",
    'node_modules/pure/package.json': '{"type":"module","exports":"./index.js"}',
    'node_modules/pure/index.js': "import process from 'node:process'; export default typeof process.cwd",
    'node_modules/named/index.js': "import { env } from 'node:process'; export default env.STAGE",
  }
  const run = await saysTheSame(t, files, 'function true false development')
  assert.deepEqual(run.output().match(/^.* · not loaded ahead$/gm), [
    '[exit75] named reads STAGE, which the app sets · not loaded ahead',
  ])
})

test('what the app changes on modules of Node is learnt at once, and who reads it from then on', async (t) => {
  const dir = tempDir(t, {
    'package.json': '{}',
    'app.cjs': `
      require('http').globalAgent.maxSockets = 3
      console.log('runs', require('keeps').sockets, require('pure').changes === process.env.EXIT75_CHANGES ? 'cold' : 'ahead', require('./version.cjs'))
      setInterval(() => {}, 1000)`,
    'version.cjs': "module.exports = 'a'",
    'node_modules/keeps/index.js': "exports.sockets = require('http').globalAgent.maxSockets",
    'node_modules/pure/index.js':
      'Object.defineProperty(exports, "changes", { value: process.env.EXIT75_CHANGES })',
  })
  const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says('runs 3 cold a')
  await run.says(/standby \d+ is ready/)
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says(
    /^\[exit75\] a package may have read http\.globalAgent\.maxSockets, which the app changes · restarted without loading any ahead/m,
  )
  await run.says('runs 3 cold b')
  await run.says(/keeps reads http\.globalAgent\.maxSockets, which the app changes · not loaded ahead/)
  await until('a standby without it', run.output, () =>
    /standby \d+ is ready/.test(run.output().split('keeps reads').at(-1) ?? ''),
  )
  dir.write('version.cjs', "module.exports = 'c'")
  await run.says('runs 3 ahead c')
})

test('a module of Node that warns does so in each generation', async (t) => {
  const dir = tempDir(t, {
    'package.json': '{}',
    'app.cjs': `
      require('sys')
      console.log('runs', require('./version.cjs'), require('pure'))
      setInterval(() => {}, 1000)`,
    'version.cjs': "module.exports = 'a'",
    'node_modules/pure/index.js': 'module.exports = 1',
  })
  const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says('runs a 1')
  await run.says(/standby \d+ is ready/)
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says('runs b 1')
  await until('both have warned', run.output, () => run.count(/DEP0025/) === 2)
})

test('with --pending-deprecation nothing warns of what a standby does, and with --frozen-intrinsics nothing fails', async (t) => {
  for (const flag of ['--pending-deprecation', '--frozen-intrinsics']) {
    const dir = tempDir(t, {
      'package.json': '{}',
      'app.cjs':
        "require('pure'); console.log('runs', require('./version.cjs')); setInterval(() => {}, 1000)",
      'version.cjs': "module.exports = 'a'",
      'node_modules/pure/index.js': 'module.exports = 1',
    })
    const run = startCli(t, [flag, 'app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
    await run.says('runs a')
    await run.says(/standby \d+ is ready/)
    dir.write('version.cjs', "module.exports = 'b'")
    await run.says('runs b')
    await run.says(/restarted in/)
    assert.doesNotMatch(run.output(), /DEP0111|Error/, flag)
    run.signal('SIGTERM')
    await run.ended
  }
})

test('behind a loader packages are loaded ahead, again and again', async (t) => {
  const dir = tempDir(t, FILES)
  const words = ['node', '--import', import.meta.resolve('tsx'), 'app.cjs']
  const run = startCli(t, words, { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says('runs one undefined cold a')
  for (const version of ['b', 'c', 'd']) {
    await standbyWith(run, 'reader')
    dir.write('version.cjs', `module.exports = '${version}'`)
    await run.says(`runs one undefined ahead ${version}`)
  }
})
