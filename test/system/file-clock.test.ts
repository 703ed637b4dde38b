/** The clock by which files are stamped: what a program creates after its start is told from what was there before. */
import assert from 'node:assert/strict'
import { closeSync, openSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { fileTime } from '../../src/system/file-clock.ts'
import { tempDir } from '../helpers/temp-dir.ts'

/** Often, and at another moment between two ticks each time: `Date.now()` is ahead of the clock by up to one. */
test('a file that is created later has that time or a later one', (t) => {
  const dir = tempDir(t, {})
  for (let round = 0; round < 100; round += 1) {
    const descriptor = openSync('/dev/null', 'r')
    t.after(() => closeSync(descriptor))
    const time = fileTime(descriptor)
    dir.write(`${round}.js`, '')
    const { birthtimeMs } = statSync(dir.file(`${round}.js`))
    assert.ok(birthtimeMs >= time, `${birthtimeMs} is before ${time}`)
    assert.ok(birthtimeMs - time < 1000, `${time} is long ago`)
  }
})

test('where the entry of the descriptor is not there, or is older, the time of the process less one tick', (t) => {
  const [missing, old] = [999_999, openSync('/dev/null', 'r')]
  t.after(() => closeSync(old))
  fileTime(old)
  const now = Date.now() + 3_600_000
  t.mock.method(Date, 'now', () => now)
  assert.deepEqual([fileTime(missing), fileTime(old)], [now - 5, now - 5])
})
