import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renameOver } from '../../src/system/rename.ts'

/** Fails with these codes, then succeeds. */
function failing(...codes: readonly string[]): { rename: () => void; calls: () => number } {
  let calls = 0
  const rename = () => {
    calls += 1
    const code = codes[calls - 1]
    if (code !== undefined) throw Object.assign(new Error(code), { code })
  }
  return { rename, calls: () => calls }
}

test('on Windows a rename is tried again while another process has the file open', () => {
  const { rename, calls } = failing('EPERM', 'EACCES', 'EBUSY')
  renameOver('a', 'b', rename, true)
  assert.equal(calls(), 4)
})

test('any other error, and each of them on other systems, is thrown at once', () => {
  for (const [code, mayBeBusy] of [
    ['ENOSPC', true],
    ['EPERM', false],
  ] as const) {
    const { rename, calls } = failing(code, code)
    assert.throws(() => renameOver('a', 'b', rename, mayBeBusy), { code })
    assert.equal(calls(), 1)
  }
})
