/** The child has the environment that its parent was started with: the entry runs in both. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start, startCommand } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

const LOOP = `
  console.log('value', generation, process.env.VALUE)
  while (!shouldRestart()) await new Promise((resolve) => setTimeout(resolve, 5))
  process.exit(75)`
const IMPORTS = `import { generation, launchChild, PARENT, shouldRestart, watch } from 'exit75'\n`

const LINUX = process.platform === 'linux' ? false : 'only Linux tells the environment of the start'

for (const [way, head] of [
  ['process.loadEnvFile()', 'process.loadEnvFile()'],
  [
    'a library that does not override',
    `import { readFileSync } from 'node:fs'
     for (const line of readFileSync('.env', 'utf8').split('\\n')) {
       const [name, value] = line.split('=')
       if (name) process.env[name] ??= value
     }`,
  ],
] as const)
  test(`an edited .env counts: ${way}`, { skip: LINUX }, async (t) => {
    const dir = tempDir(t, {
      '.env': 'VALUE=one\n',
      'app.mjs': `${IMPORTS}${head}\nif (PARENT) launchChild()\nelse { watch('.env'); ${LOOP} }`,
    })
    const app = start(t, ['app.mjs'], { cwd: dir.path })
    await app.says('value 1 one')
    for (const [generation, value] of [
      [2, 'two'],
      [3, 'three'],
    ] as const) {
      dir.write('.env', `VALUE=${value}\n`)
      await app.says(`value ${generation} ${value}`)
    }
  })

test('what only the parent sets is not handed on, and named at debug level; the option env is', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `${IMPORTS}
      if (PARENT) { process.env.VALUE = 'lost'; launchChild({ env: { OTHER: 'kept' } }) }
      else { console.log('other', process.env.OTHER, process.env.VALUE, process.env.GIVEN); process.exit(0) }`,
  })
  const app = start(t, ['app.mjs'], {
    cwd: dir.path,
    env: { GIVEN: 'with = and spaces', EXIT75_LOG: 'debug' },
  })
  assert.equal((await app.ended).code, 0)
  assert.equal(app.count('other kept undefined with = and spaces'), 1, app.output())
  assert.match(app.output(), /set only in the parent, so not passed to the child \(option env\): VALUE\n/)
})

test('a variable that a shell has removed stays removed, and one that is empty stays empty', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `${IMPORTS}
      if (PARENT) launchChild()
      else { console.log('has', 'REMOVED' in process.env, JSON.stringify(process.env.EMPTY)); process.exit(0) }`,
  })
  const line = `unset REMOVED; EMPTY= exec "${process.execPath}" app.mjs`
  const app = startCommand(t, '/bin/sh', ['-c', line], { cwd: dir.path, env: { REMOVED: 'x' } })
  assert.equal((await app.ended).code, 0)
  assert.equal(app.count('has false ""'), 1, app.output())
})
