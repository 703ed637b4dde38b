/** An error of the app shows the app, and nothing of exit75. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const APPS = {
  'app.cjs': "require('./missing')",
  'deep.cjs': "const deeper = (n) => (n === 0 ? require('missing-package') : deeper(n - 1))\ndeeper(2)",
  'app.mjs': "import './missing.mjs'",
  'name.mjs': "import { missing } from './part.mjs'",
  'later.mjs': "await import('missing-package')",
}

for (const [entry, code] of Object.entries(APPS)) {
  test(`${entry}: ${code.split('\n')[0]}`, async (t) => {
    const dir = tempDir(t, { [entry]: code, 'part.mjs': 'export {}' })
    const plain = start(t, [entry], { cwd: dir.path })
    await plain.ended
    const app = start(t, [entry], { cwd: dir.path, flags: ['--import', 'exit75/register'] })
    await app.says(/waiting for a change/)
    const shown = app.output().replace(/^\[exit75\].*\n/gm, '')
    assert.doesNotMatch(shown, /[\\/]dist[\\/](preload|index|resolve-hook)\./)
    const own = (text: string) => text.match(/^.*exit75 test.*$/gm)
    assert.deepEqual(own(shown), own(plain.output()))
  })
}
