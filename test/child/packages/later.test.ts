/** What happens to packages that were loaded ahead when something changes before or after the launch. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCli } from '../../helpers/cli.ts'
import { inTurn } from '../../helpers/in-turn.ts'
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
  /** Until the last standby has loaded the package, or has been told to leave it out. */
  const standby = (loads: boolean) =>
    until(`a standby that ${loads ? 'loads' : 'does not load'} it`, run.output, () => {
      const said = run.output()
      const at = said.lastIndexOf('preload {"plan"')
      if (at < said.lastIndexOf('[exit75] generation ')) return false
      const [plan = '', ...since] = said.slice(at).split('\n')
      return (
        since.some((line) => /standby \d+ is ready/.test(line)) && plan.includes('/reader/index.js') === loads
      )
    })

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
