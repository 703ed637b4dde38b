/** A Node that is too old for exit75 is told which one is needed, by every way in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLI } from '../helpers/cli.ts'
import { findNode } from '../helpers/nodes.ts'
import { startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const NEEDED = /exit75.* needs Node 20\.19 or newer.*, but this is Node v18\.\S+: update Node/
const LINES: readonly (readonly string[])[] = [
  ...['exit75', 'exit75/run', 'exit75/register'].flatMap((name) => [
    ['-e', `require('${name}')`],
    ['--input-type=module', '-e', `import '${name}'`],
  ]),
  ['--import', 'exit75/register', 'app.js'],
  ['-r', 'exit75/register', 'app.js'],
  [CLI, 'app.js'],
]

test('Node 18', async (t) => {
  const node = findNode('18')
  if (node === undefined) return t.skip('npm has no Node 18 for this system')
  const dir = tempDir(t, { 'app.js': "console.log('runs')" })
  for (const line of LINES)
    await t.test(line.join(' '), async (t) => {
      const run = startCommand(t, node, line, { cwd: dir.path })
      assert.deepEqual(await run.ended, { code: 1, signal: null })
      assert.equal(run.count(NEEDED), 1, run.output())
      const about = run
        .output()
        .split('\n')
        .filter((text) => text !== '' && !/^(Node\.js v18|\s+\^)/.test(text))
      // Node shows the place in its own code, or in ours, that an error came from.
      assert.ok(about.length <= (line[0] === CLI ? 1 : 3), run.output())
      assert.equal(run.count(/^\s+at /), 0, run.output())
    })
})
