/** An error of the app shows the app, and nothing of exit75. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

/** An error that is not caught ends a program: the others are shown by the app itself. */
const FAILING = {
  'one.cjs': "require('./missing')",
  'deep.cjs': "const deeper = (n) => (n === 0 ? require('missing-package') : deeper(n - 1))\ndeeper(2)",
  'one.mjs': "import './missing.mjs'",
  'name.mjs': "import { missing } from './part.mjs'",
  'later.mjs': "await import('missing-package')",
}

const APP = `
for (const name of ${JSON.stringify(Object.keys(FAILING))})
  await import('./' + name).catch(({ stack }) => console.error(name + '\\n' + stack))
const { createRequire } = await import('node:module')
createRequire(import.meta.url)('./deep.cjs') // not caught: Node shows it with the line that threw`

test('what does not resolve: the stack of the error is that without exit75', async (t) => {
  const dir = tempDir(t, { ...FAILING, 'part.mjs': 'export {}', 'app.mjs': APP })
  const plain = start(t, ['app.mjs'], { cwd: dir.path })
  await plain.ended
  const app = start(t, ['app.mjs'], {
    cwd: dir.path,
    flags: ['--import', 'exit75/register'],
    env: { EXIT75_STANDBY: '0' },
  })
  await app.says(/waiting for a change/)
  const shown = app.output().replace(/^\[exit75\].*\n/gm, '')
  assert.doesNotMatch(shown, /[\\/]dist[\\/](preload|index|resolve-hook)\./)
  const own = (text: string) => text.match(/^.*exit75 test.*$/gm)
  assert.ok((own(shown)?.length ?? 0) > 8, shown)
  assert.deepEqual(own(shown), own(plain.output()))
})

const OWN_FORMAT = `
Error.prepareStackTrace = (error, sites) => {
  if (error.message.includes('unreadable')) throw new Error('cannot show it')
  return sites.map((site) => site.getFileName()).filter((name) => !name.startsWith('node:'))
}
for (const name of ['./missing', './unreadable']) {
  try { require(name) } catch (error) { console.error(error.code, error.message.includes('unreadable') || error.stack) }
}
process.exit(1)`

test('what the app formats its stacks with is given that without exit75, and throws to the app alone', async (t) => {
  const dir = tempDir(t, { 'app.cjs': OWN_FORMAT })
  const plain = start(t, ['app.cjs'], { cwd: dir.path })
  await plain.ended
  assert.match(plain.output(), /MODULE_NOT_FOUND true/)
  const app = start(t, ['app.cjs'], {
    cwd: dir.path,
    flags: ['--import', 'exit75/register'],
    env: { EXIT75_STANDBY: '0' },
  })
  await app.says(/waiting for a change/)
  assert.equal(app.output().replace(/^\[exit75\].*\n/gm, ''), plain.output())
})
