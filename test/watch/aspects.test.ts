import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partOf } from '../../src/watch/files/aspects.ts'

const BEFORE = { name: 'a', version: '1.0.0', type: 'module', main: 'a.js', scripts: { start: 'node .' } }

for (const [change, counts] of [
  [{ type: 'commonjs' }, true],
  [{ main: 'b.js' }, true],
  [{ exports: './b.js' }, true],
  [{ imports: { '#b': './b.js' } }, true],
  [{ babel: { presets: ['env'] } }, true],
  [{ browserslist: 'node 20' }, true],
  [{ version: '2.0.0', description: 'new' }, false],
  [{ dependencies: { express: '5' }, scripts: {} }, false],
] as const)
  test(`package.json with ${JSON.stringify(change)} ${counts ? 'counts' : 'does not count'}`, () => {
    const [before, after] = [BEFORE, { ...BEFORE, ...change }].map((content) =>
      partOf('resolution', Buffer.from(JSON.stringify(content))).toString(),
    )
    assert.equal(before !== after, counts)
  })
