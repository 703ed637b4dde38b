import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInPackage } from '../../../src/watch/files/paths.ts'

for (const [place, expected] of [
  ['/app/node_modules/ms/index.js', true],
  ['C:\\app\\node_modules\\ms\\index.js', true],
  ['file:///C:/app/node_modules/ms/index.js', true],
  ['/app/my_node_modules/index.js', false],
  ['file:///app/src/index.js', false],
] as const) {
  test(`${place} is ${expected ? '' : 'not '}in a package`, () => {
    assert.equal(isInPackage(place), expected)
  })
}
