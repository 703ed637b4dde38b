/** A CommonJS package that the app imports, loaded ahead by `require`: `import` knows it, too. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { startCli } from '../../helpers/cli.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

const SIZE = 2_000_000

/** Says how many bytes the process has read while it imported the package. */
const APP = `
import { readFileSync } from 'node:fs'
import version from './version.cjs'
const read = () => Number(/rchar: (\\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))[1])
const before = read()
const { named, default: all } = await import('large')
console.log('runs', version, named, all.loads, read() - before > ${SIZE} ? 'read' : 'known')
setInterval(() => {}, 1000)`

test('a package that was loaded ahead is not read again by import', async (t) => {
  if (!existsSync('/proc/self/io')) return t.skip('this system does not tell what a process reads')
  if (process.versions.node.startsWith('20.')) return t.skip('there another thread resolves for import')
  const dir = tempDir(t, {
    'app.mjs': APP,
    'version.cjs': "module.exports = 'a'",
    'node_modules/large/index.js': `exports.named = 'name'; exports.loads = globalThis.loads = (globalThis.loads ?? 0) + 1
      /* ${'x'.repeat(SIZE)} */`,
  })
  const run = startCli(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says('runs a name 1 read')
  await until('a standby has loaded it', run.output, () => {
    const since = run.output().split('preload {"plan"').at(-1) ?? ''
    return since.includes('/large/index.js') && /standby \d+ is ready/.test(since)
  })
  dir.write('version.cjs', "module.exports = 'b'")
  const [, , loads, how] = (await run.says(/^runs b (name) (\d) (\w+)/)) as string[]
  assert.deepEqual([loads, how], ['1', 'known'])
})

test('JSON that is imported is not a change of the module system: packages are loaded ahead', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import settings from './settings.json' with { type: 'json' }
      import a from 'a-package'
      console.log('runs', a, settings.name)
      setInterval(() => {}, 1000)`,
    'settings.json': '{"name":"b"}',
    'node_modules/a-package/index.js': "module.exports = 'a'",
  })
  const run = startCli(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says('runs a b')
  await run.says(/preload \{"plan":\{"packages":\[\{"url":"[^"]*a-package/)
})
