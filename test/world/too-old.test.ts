/**
 * A Node that is too old for exit75 is told which one is needed, by every way in; and the oldest ones that are not,
 * and those between which Node's interfaces have changed, run a program.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLI } from '../helpers/cli.ts'
import { endsClean } from '../helpers/ending.ts'
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

/** The first with `require` of ES modules of each line, the first with `registerHooks`, the first of the newer lines. */
const OLDEST = ['20.19.0', '22.12.0', '22.15.0', '24.0.0', '26.0.0']

const FILES = {
  'package.json': '{}',
  'version.cjs': `module.exports = 'a'`,
  'node_modules/old/index.js': `exports.name = 'old'`,
  'node_modules/new/package.json': '{"type":"module","exports":"./index.js"}',
  'node_modules/new/index.js': `export const name = 'new'`,
  'thread.cjs': `
    const { parentPort } = require('node:worker_threads')
    parentPort.postMessage(require('./version.cjs'))`,
  'app.mjs': `
    import { createRequire } from 'node:module'
    import { Worker } from 'node:worker_threads'
    import { generation, launchChild, onRestart, PARENT, savedState, saveState } from 'exit75'
    import { name as ofNew } from 'new'
    import { name as ofOld } from 'old'
    import version from './version.cjs'
    if (PARENT) launchChild()
    else {
      const required = createRequire(import.meta.url)('./version.cjs')
      const thread = new Worker(new URL('./thread.cjs', import.meta.url), { execArgv: [] })
      thread.on('message', (said) =>
        console.log('runs', generation, version, required, said, ofOld, ofNew, savedState()))
      const alive = setInterval(() => {}, 1000)
      onRestart(() => saveState('state ' + generation))
    }`,
}

for (const version of OLDEST)
  test(`Node ${version} runs a program, and restarts it twice`, async (t) => {
    const node = findNode(version)
    if (node === undefined) return t.skip(`npm has no Node ${version} for this system`)
    const dir = tempDir(t, FILES)
    for (const line of [['app.mjs'], [CLI, 'app.mjs']]) {
      dir.write('version.cjs', `module.exports = 'a'`)
      const run = startCommand(t, node, line, { cwd: dir.path })
      await run.says('runs 1 a a a old new undefined')
      for (const [at, word] of ['b', 'c'].entries()) {
        dir.write('version.cjs', `module.exports = '${word}'`)
        await run.says(`runs ${at + 2} ${word} ${word} ${word} old new state ${at + 1}`)
      }
      assert.deepEqual(await endsClean(run, () => run.signal('SIGINT')), { code: null, signal: 'SIGINT' })
      assert.equal(run.count(/^(?!runs |\[exit75\] (version|app)\.)./), 0, run.output())
    }
  })
