/** At whatever moment of a program's life an edit comes, it is in the next generation, and restarts once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { appFiles, onlyTheNextEditCounts, startApp, untilWatched, version } from '../../helpers/app.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

for (const [how, env] of [
  ['with a standby', {}],
  ['without a standby', { EXIT75_STANDBY: '0' }],
] as const) {
  test(`${how}: an edit while the program boots, and while it shuts down`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `
import { generation, PARENT } from 'exit75'
import { version } from './version.js'
import './edit.js'
import './slow.js'
import { halt, haltAsync, launch, run } from './kit.mjs'
if (PARENT) launch()
else {
  if (generation === 4) halt('boots')
  if (generation === 5) await haltAsync('boots on')
  await run(version, () => generation === 6 && haltAsync('leaves'))
}
`,
        // Before the first statement of the app, in both ways to hide it: at once, and at the old time.
        'edit.js': `
import { statSync, utimesSync, writeFileSync } from 'node:fs'
import { CHILD, generation } from 'exit75'
const edits = [
  () => writeFileSync('version.js', "export const version = 'b'\\n"),
  () => {
    const { atime, mtime } = statSync('version.js')
    writeFileSync('version.js', "export const version = 'c'\\n")
    utimesSync('version.js', atime, mtime)
  },
]
if (CHILD) edits[generation - 1]?.()
`,
        'slow.js': `
import { generation } from 'exit75'
import { halt } from './kit.mjs'
if (generation === 3) halt('loads')
`,
      }),
    )
    const app = startApp(t, dir, { env })
    await app.says('ready 1 a []')
    await app.says('ready 2 b [modified version.js]')
    const during = async (word: string, save: typeof dir.write, text: string) => {
      await app.says(word)
      save('version.js', version(text))
      dir.write(word, '')
    }
    await during('loads', dir.write, 'd')
    await app.says('ready 3 c [modified version.js]')
    await during('boots', dir.write, 'e')
    await app.says('ready 4 d [modified version.js]')
    await during('boots on', dir.replace, 'f')
    await app.says('ready 5 e [modified version.js]')
    await app.says('ready 6 f [modified version.js]')
    dir.write('version.js', version('g'))
    await during('leaves', dir.write, 'h')
    await app.says('ready 7 h [modified version.js]')
    await onlyTheNextEditCounts(app, dir, 8)
    assert.equal(app.count('ready'), 8)
  })
}

for (const { by, options, env } of [
  { by: 'events', options: {}, env: {} },
  { by: 'polling', options: { poll: 50 }, env: { EXIT75_STANDBY: '0' } },
]) {
  test(`${by}: edits right after the ready line count, a touch and the same text do not`, async (t) => {
    const dir = tempDir(t, appFiles())
    const app = startApp(t, dir, { options, env })
    await app.says('ready 1 a []')
    for (const [at, save] of [dir.write, dir.replace, dir.write].entries()) {
      save('version.js', version(`v${at}`))
      await app.says(`ready ${at + 2} v${at} [modified version.js]`)
    }
    await untilWatched(app, dir.path, by)
    dir.replace('version.js', version('v2'))
    dir.write('version.js', version('v2'))
    await sleep(150) // or a restart for it would be that of the next edit
    await onlyTheNextEditCounts(app, dir, 5)
    assert.equal(app.count('ready'), 5)
  })
}

test('an edit taken back right after the load restarts nothing, with a booting thread and a running one', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
const require = createRequire(import.meta.url)
if (PARENT) launch()
else {
  const { version } = await import('./version.js')
  const loaded = readFileSync('word.cjs')
  const word = require('./word.cjs')
  writeFileSync('word.cjs', 'module.exports = "something else"')
  writeFileSync('word.cjs', loaded)
  await run(version + word)
}
`,
      'word.cjs': 'module.exports = "w"',
    }),
  )
  // Or a look between the two writes would find a change that there is.
  const app = startApp(t, dir, { options: { settle: 100 } })
  for (const [at, name] of ['aw', 'bw', 'cw'].entries()) {
    await app.says(`ready ${at + 1} ${name} [${at === 0 ? '' : 'modified version.js'}]`)
    await sleep(150)
    dir.write('version.js', version('bc'[at] ?? 'd'))
  }
})
