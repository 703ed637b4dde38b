/** So many files beside the app that the kernel drops events. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appFiles, startApp, untilWatched } from '../helpers/app.ts'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

/** `EXIT75_FLOOD=100000` for the long run; the kernel keeps 16,384 events. */
const FILES = Number(process.env.EXIT75_FLOOD ?? 2000)

/** Edits the app in the middle, and says when the last file is written. */
const WRITER = `
import { writeFileSync } from 'node:fs'
const [files, edit] = process.argv.slice(2)
for (let at = 0; at < files; at += 1) {
  writeFileSync('flood' + (at % 5000), String(at))
  if (at === files >> 1 && edit) writeFileSync('version.js', "export const version = '" + edit + "'")
  if (at === files >> 1) console.log('half')
}
console.log('written', Date.now())`

test(`an edit among ${FILES} files written beside the app is seen, and SIGTERM is not late`, async (t) => {
  const dir = tempDir(t, appFiles({ 'writer.mjs': WRITER }))
  const app = startApp(t, dir)
  await app.says('ready 1 a')
  await untilWatched(app, dir.path)
  const writer = start(t, ['writer.mjs', String(FILES), 'b'], { cwd: dir.path })
  const [, written] = await writer.says(/^written (\d+)/)
  await app.says('ready 2 b [modified version.js]')
  const seen = Math.max(0, Date.now() - Number(written))
  const again = start(t, ['writer.mjs', String(FILES)], { cwd: dir.path })
  await again.says('half')
  const sent = performance.now()
  app.signal('SIGTERM')
  assert.deepEqual(await app.ended, { code: null, signal: 'SIGTERM' })
  const ended = performance.now() - sent
  t.diagnostic(`seen ${seen} ms after the last file, ended ${Math.round(ended)} ms after SIGTERM`)
  assert.equal(app.count('ready'), 2)
  assert.ok(seen < 5000 && ended < 5000, `${seen} ms, ${ended} ms`)
})
