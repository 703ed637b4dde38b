/** Which of a program's modules is its entry, by the stack trace of a call. */
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isFromEntry } from '../../src/system/entry-frame.ts'
import { tempDir } from '../helpers/temp-dir.ts'

test('a call comes from the entry, however that was named, and from no other module', (t) => {
  const dir = tempDir(t, {
    'app.js': '',
    'app-db.js': '',
    'folder/package.json': '{"main":"lib/main.js"}',
    'folder/lib/main.js': '',
    'folder/lib/main-db.js': '',
  })
  const link = process.platform === 'win32' ? 'app.js' : 'link.js' // which needs rights there
  if (link !== 'app.js') symlinkSync('app.js', dir.file(link))
  const { argv } = process
  t.after(() => {
    process.argv = argv
  })
  const cases: readonly [entry: string, caller: string, expected: boolean][] = [
    ['app.js', 'app.js', true],
    ['app', 'app.js', true],
    ['app', 'app-db.js', false],
    ['app.js', 'app-db.js', false],
    ['folder', 'folder/lib/main.js', true],
    ['folder', 'folder/lib/main-db.js', false],
    [link, 'app.js', true],
    [link, link, true],
    ['gone.js', 'gone.js', false],
  ]
  for (const [entry, caller, expected] of cases) {
    process.argv = [argv[0] as string, dir.file(entry)]
    for (const place of [dir.file(caller), pathToFileURL(dir.file(caller)).href])
      for (const frame of [`    at ${place}:3:5`, `    at async main (${place}:3:5)`])
        assert.equal(isFromEntry(`    at node:internal/x:1:2\n${frame}`), expected, `${entry}: ${frame}`)
  }
})
