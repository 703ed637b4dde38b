/** What is known of a file that was noted, and not loaded. */
import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { test } from 'node:test'
import { createTreeSnapshot } from '../../../src/watch/files/tree-snapshot.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { noLongerFresh } from '../../helpers/until.ts'

const OLD = 1e9

test('a noted file is read later, and until then it is as it was noted', async (t) => {
  const dir = tempDir(t, { a: '1', b: '1', c: '1' })
  const [a, b, c] = ['a', 'b', 'c'].map(dir.file) as [string, string, string]
  await noLongerFresh(c)
  const files = createTreeSnapshot()
  for (const path of [a, b, c, dir.file('missing'), dir.path]) files.note(path)
  assert.deepEqual([...files.unread()], [a, b, c])
  assert.equal(files.compare(a), 'none')
  assert.deepEqual([...files.unread()], [b, c])
  utimesSync(a, OLD, OLD)
  assert.equal(files.compare(a), 'none', 'read when it was compared')
  utimesSync(b, OLD, OLD)
  assert.notEqual(files.compare(b), 'none', 'it cannot be said what it was')
  dir.write('c', '2')
  assert.equal(files.read(c), 'changed')
  assert.notEqual(files.compare(c), 'none')
  assert.deepEqual([...files.unread()], [])
})

test('a file that has just been written is read at once: the next write may leave its stamp', (t) => {
  const files = createTreeSnapshot()
  const dir = tempDir(t, { a: '1' })
  files.note(dir.file('a'))
  assert.deepEqual([...files.unread()], [])
  dir.write('a', '2')
  assert.notEqual(files.compare(dir.file('a')), 'none')
})

test('what is accepted is what was compared, whatever the file has become since', (t) => {
  const dir = tempDir(t, { a: '1' })
  const a = dir.file('a')
  const type = () => {
    const difference = files.compare(a)
    return typeof difference === 'string' ? difference : difference.type
  }
  const files = createTreeSnapshot()
  files.note(a)
  dir.write('a', '2')
  assert.equal(type(), 'modified')
  dir.write('a', '33')
  files.accept(a)
  assert.equal(type(), 'modified')
  files.accept(a)
  assert.equal(type(), 'none')
  dir.remove('a')
  assert.equal(type(), 'deleted')
  files.accept(a)
  assert.deepEqual([type(), files.has(a)], ['none', false])
  dir.write('a', '33')
  assert.equal(type(), 'added')
  files.accept(a)
  assert.deepEqual([type(), files.has(a)], ['none', true])
})
