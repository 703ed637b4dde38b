/** The child has the environment that its parent was started with: the entry runs in both. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCommand } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

const LINUX = process.platform === 'linux' ? false : 'only Linux tells the environment of the start'

/** Reads one file by Node itself, and the other as a library does that does not override. */
const APP = `
import { readFileSync } from 'node:fs'
import { generation, launchChild, PARENT, shouldRestart, watch } from 'exit75'
process.loadEnvFile('node.env')
for (const line of readFileSync('library.env', 'utf8').split('\\n')) {
  const [name, value] = line.split('=')
  if (name) process.env[name] ??= value
}
const { BY_NODE, BY_LIBRARY, OF_PARENT, OTHER, GIVEN, EMPTY } = process.env
if (PARENT) {
  process.env.OF_PARENT = 'lost'
  launchChild({ env: { OTHER: 'kept' } })
} else {
  watch('node.env', 'library.env')
  console.log('files', generation, BY_NODE, BY_LIBRARY)
  console.log('others', JSON.stringify([OF_PARENT, OTHER, GIVEN, EMPTY, 'REMOVED' in process.env]))
  while (!shouldRestart()) await new Promise((resolve) => setTimeout(resolve, 5))
  process.exit(75)
}`

test('the environment is that of the start, in each generation', { skip: LINUX }, async (t) => {
  const dir = tempDir(t, { 'node.env': 'BY_NODE=a\n', 'library.env': 'BY_LIBRARY=1\n', 'app.mjs': APP })
  const line = `unset REMOVED; EMPTY= exec "${process.execPath}" app.mjs`
  const app = startCommand(t, '/bin/sh', ['-c', line], {
    cwd: dir.path,
    env: { REMOVED: 'x', GIVEN: 'with = and spaces', EXIT75_LOG: 'debug', EXIT75_STANDBY: '0' },
  })

  await t.test('what only the parent sets is not handed on, and named; the option env is', async () => {
    await app.says('files 1 a 1')
    const text = 'set only in the parent, so not passed to the child (option env): '
    // What the entry read from files is set by the parent as well.
    assert.match(app.output(), new RegExp(`${text.replace(/[()]/g, '\\$&')}.*\\bOF_PARENT\\b`))
  })

  await t.test('what a shell has removed stays removed, and what is empty stays empty', async () => {
    await app.says('others [null,"kept","with = and spaces","",false]')
  })

  await t.test('an edited env file counts, whoever reads it', async () => {
    dir.write('node.env', 'BY_NODE=b\n')
    await app.says('files 2 b 1')
    dir.write('library.env', 'BY_LIBRARY=2\n')
    await app.says('files 3 b 2')
    await app.says('others [null,"kept","with = and spaces","",false]')
  })
})
