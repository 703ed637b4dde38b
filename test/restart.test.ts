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

test('an entry that is still being saved when it is loaded is run again: it may have been empty', async (t) => {
  // It writes itself, in place of an editor that is not done: each time to what runs next.
  const saved = (word: string, next: string) => `
    import { writeFileSync } from 'node:fs'
    console.log('${word}')
    writeFileSync(import.meta.filename, ${JSON.stringify(next)})`
  const dir = tempDir(t, { 'app.mjs': LOOP.replace("'./version.js'", "'./version.mjs'") })
  dir.write('version.mjs', 'export const version = "a"')
  const app = start(t, ['app.mjs'], { cwd: dir.path })
  await app.says('ready 1 a')
  dir.write('app.mjs', saved('empty', saved('whole', 'console.log("never")')))
  await app.says('empty')
  await app.says('whole')
  // Twice in a row is not an accident: the program writes its own file.
  assert.deepEqual(await app.ended, { code: 0, signal: null })
  assert.equal(app.count('never'), 0)
})

test('an entry that is empty at the launch is waited for: a save may take its time', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { spawn } from 'node:child_process'
      import { writeFileSync } from 'node:fs'
      import { PARENT, launchChild, onRestart } from 'exit75'
      if (PARENT) launchChild()
      else {
        onRestart(() => {
          writeFileSync(import.meta.filename, '')
          spawn('sh', ['-c', 'sleep 0.4; cp next.mjs app.mjs'], { detached: true, stdio: 'ignore' }).unref()
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150)
        })
        console.log('ready')
        setInterval(() => {}, 1000)
      }`,
    'next.mjs': "console.log('whole')",
  })
  const app = start(t, ['app.mjs'], { cwd: dir.path })
  await app.says('ready')
  app.signal('SIGUSR2')
  await app.says('whole')
})

test('a restart that is asked for while the program crashes at its boot is not lost', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild } from 'exit75'
      if (PARENT) launchChild({ onCrash: 'wait' })
      else if (generation === 1) {
        process.kill(process.ppid, 'SIGUSR2')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300) // by then it has been asked
        throw new Error('no database')
      } else console.log('ready', generation)`,
  })
  const app = start(t, ['app.mjs'], { cwd: dir.path })
  await app.says('ready 2')
})
