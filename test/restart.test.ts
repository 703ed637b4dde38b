import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './helpers/start.ts'
import { tempDir } from './helpers/temp-dir.ts'

const LOOP = `
import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
import { version } from './version.js'
if (PARENT) launchChild()
else {
  console.log('ready', generation, version)
  while (!shouldRestart()) await new Promise((resolve) => setTimeout(resolve, 5))
  process.exit(75)
}
`

test('an edit of a loaded module runs the new code', async (t) => {
  const dir = tempDir(t, {
    'package.json': '{"type":"module"}',
    'app.js': LOOP,
    'version.js': 'export const version = "a"',
  })
  const app = start(t, ['app.js'], { cwd: dir.path })
  await app.says('ready 1 a')
  dir.write('version.js', 'export const version = "b"')
  await app.says('[exit75] version.js changed · restarted in')
  await app.says('ready 2 b')
  dir.replace('version.js', 'export const version = "c"')
  await app.says('ready 3 c')
  assert.equal(app.count('ready'), 3)
})
