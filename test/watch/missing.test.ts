/** What was not there when it was looked for, and comes to be. */
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../../src/options/options.ts'
import { waitForFix } from '../../src/parent/programs/wait-for-fix.ts'
import { appFiles, onlyTheNextEditCounts, startApp, WAYS } from '../helpers/app.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

/** A program with a module, or data, that it can do without. */
const app = (code: string) =>
  appFiles({
    'app.js': `
import { createRequire } from 'node:module'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
const require = createRequire(import.meta.url)
if (PARENT) launch()
else {
  let optional = 'none'
  try { optional = ${code} } catch {}
  await run(version + ' ' + optional)
}
`,
  })

for (const { by, options } of WAYS) {
  for (const [what, code, name, text] of [
    ['an optional import', `(await import('./local.mjs')).default`, 'local.mjs', `export default 'here'`],
    ['an optional require of data', `require('./local.json').is`, 'local.json', `{ "is": "here" }`],
    ['a require without an ending', `require('./deep/local')`, 'deep/local.js', ''],
    ['a directory with an index', `require('./deep/local')`, 'deep/local/index.js', ''],
  ] as const) {
    test(`${by}: ${what}, which comes later`, async (t) => {
      const dir = tempDir(t, { ...app(code), 'deep/package.json': '{"type":"commonjs"}' })
      const run = startApp(t, dir, { options })
      await run.says('ready 1 a none []')
      dir.write('other.mjs', '')
      await sleep(150)
      dir.write(name, text || `module.exports = 'here'`)
      await run.says(/^ready 2 a here \[added (local\.\w+|index\.js)\]/)
      await onlyTheNextEditCounts(
        { ...run, says: (line) => run.says(String(line).replace('last3', 'last3 here')) },
        dir,
        3,
      )
    })
  }
}

const SETTINGS = { settle: null, poll: false } as unknown as Settings

/** How a package comes to be; `pkg` was looked for in two directories. */
const INSTALLS: Record<string, (dir: TempDir) => Promise<void> | void> = {
  'file by file, with its description first': async (dir) => {
    dir.write('node_modules/pkg/package.json', '{"main":"lib/main.js"}')
    await sleep(200)
    dir.write('node_modules/pkg/lib/main.js', '')
  },
  'by a rename of its directory': (dir) => {
    dir.write('node_modules/.pkg-1/package.json', '{}')
    renameSync(dir.file('node_modules/.pkg-1'), dir.file('node_modules/pkg'))
  },
  'by a link': (dir) => {
    dir.write('store/pkg/package.json', '{}')
    symlinkSync('../store/pkg', dir.file('node_modules/pkg'))
  },
  'in the directory above': (dir) => dir.write('../node_modules/pkg/package.json', '{}'),
  'without a description': (dir) => dir.write('node_modules/pkg/index.js', ''),
}

for (const [how, install] of Object.entries(INSTALLS)) {
  test(`after a crash a package is installed: ${how}`, async (t) => {
    const above = tempDir(t, {})
    mkdirSync(above.file('project'))
    const dir: TempDir = {
      ...above,
      file: (name) => above.file(`project/${name}`),
      write: (name, text) => above.write(`project/${name}`, text),
    }
    dir.write('app.js', `import 'pkg'`)
    if (how.startsWith('by')) dir.write('node_modules/other/package.json', '{}')
    const missing = ['node_modules/pkg', '../node_modules/pkg'].map(dir.file)
    const { changed, stop } = waitForFix(new Map(missing.map((path) => [path, ''])), SETTINGS)
    t.after(stop)
    await sleep(100)
    await install(dir)
    const [change] = await changed
    assert.equal(change?.type, 'added')
    assert.match(change?.path ?? '', /pkg\/(package\.json|index\.js)$/)
  })
}
