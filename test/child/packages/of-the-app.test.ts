/** What a package that is loaded ahead reads of the app, and what the app only asks for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLI, startCli } from '../../helpers/cli.ts'
import { inTurn } from '../../helpers/in-turn.ts'
import { standbyWith } from '../../helpers/standby.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { terminal } from '../../helpers/terminal.ts'

const FILES = {
  'package.json': '{}',
  'version.cjs': "module.exports = 'a'",
  'config/default.cjs': "module.exports = 'one'",
  '.nuxt/kept.cjs': '',
  '.env': 'WORD=first',
  'node_modules/reader/index.js': `
    const { readdirSync } = require('node:fs')
    const { join } = require('node:path')
    process.loadEnvFile()
    exports.value = require(join(process.cwd(), 'config/default.cjs'))
    exports.names = readdirSync('config').join()
    require(join(process.cwd(), '.nuxt/kept.cjs'))
    // Set at the launch: who was loaded before has another value.
    exports.changes = process.env.EXIT75_CHANGES`,
}

test('files of the app that a package loads or reads ahead are as followed, and as fresh, as from a cold start', async (t) => {
  const dir = tempDir(t, {
    ...FILES,
    'app.cjs': `
      const { value, names, changes } = require('reader')
      const how = changes === process.env.EXIT75_CHANGES ? 'cold' : 'ahead'
      console.log('runs', value, names, process.env.WORD, how, require('./version.cjs'))
      setInterval(() => {}, 1000)`,
  })
  const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  const edit = (version: string) => dir.write('version.cjs', `module.exports = '${version}'`)
  await run.says('runs one default.cjs first cold a')
  await inTurn(t, [
    [
      'it is loaded ahead',
      async () => {
        await standbyWith(run, 'reader')
        edit('b')
        await run.says('runs one default.cjs first ahead b')
      },
    ],
    [
      'a module of the app that it has required is edited',
      async () => {
        dir.write('.nuxt/kept.cjs', '// by a tool, which does not count')
        dir.write('config/default.cjs', "module.exports = 'two'")
        await run.says(/runs two default.cjs first \w+ b/)
        assert.equal(run.count(/(outdated|stale) .*kept\.cjs|kept\.cjs changed/), 0)
      },
    ],
    [
      'a file is added to a directory that it has listed',
      async () => {
        await standbyWith(run, 'reader')
        dir.write('config/local.cjs', '')
        edit('c')
        await run.says(/runs two default.cjs,local.cjs first \w+ c/)
      },
    ],
    [
      'a file that it has loaded variables from is edited',
      async () => {
        await standbyWith(run, 'reader')
        dir.write('.env', 'WORD=second')
        edit('d')
        await run.says(/runs two default.cjs,local.cjs second \w+ d/)
      },
    ],
  ])
})

for (const [entry, resolve] of [
  ['app.cjs', "require.resolve('sets-a-global')"],
  ['app.mjs', "import.meta.resolve('sets-a-global')"],
] as const)
  test(`a package that is only resolved is not loaded ahead: ${resolve}`, async (t) => {
    const dir = tempDir(t, {
      ...FILES,
      [entry]: `
        ${entry === 'app.cjs' ? "require('reader'); const version = require('./version.cjs')" : "import 'reader'; import version from './version.cjs'"}
        console.log('runs', ${resolve}.endsWith('index.js'), globalThis.isLoaded, version)
        setInterval(() => {}, 1000)`,
      'node_modules/sets-a-global/index.js': 'globalThis.isLoaded = true',
    })
    const run = startCli(t, [entry], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
    await run.says('runs true undefined a')
    await standbyWith(run, 'reader')
    await standbyWith(run, 'sets-a-global', false)
    dir.write('version.cjs', "module.exports = 'b'")
    await run.says('runs true undefined b')
  })

test('a terminal that was resized while the standby waited has its new size, also for packages', async (t) => {
  const dir = tempDir(t, {
    'package.json': '{}',
    'version.cjs': "module.exports = 'a'",
    'app.cjs': `
      console.log('runs', require('reader').width, process.stdout.columns, require('./version.cjs'))
      setInterval(() => {}, 1000)`,
    'node_modules/reader/index.js': 'exports.width = process.stdout.columns',
  })
  const run = await terminal(t, { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  run.enter(`stty cols 80; $NODE ${CLI} app.cjs < /dev/null &`)
  await run.says('runs 80 80 a')
  await standbyWith(run, 'reader')
  run.enter('stty cols 120')
  await run.prompt()
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says('runs 120 120 b')
})
