/** Paths as Windows has them: drives, shares, letters of either case, and the long form. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { appFiles, startApp, version } from '../helpers/app.ts'
import { startCli } from '../helpers/cli.ts'
import { start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { unlessWine } from '../helpers/wine-faults.ts'

const OTHER_DRIVE = 'D:\\'

test('an edit of a file on another drive restarts, and then one of a file beside the entry', async (t) => {
  if (!existsSync(OTHER_DRIVE)) return t.skip(`there is no ${OTHER_DRIVE}`)
  const other = mkdtempSync(`${OTHER_DRIVE}exit75-`)
  t.after(() => rmSync(other, { recursive: true, maxRetries: 5 }))
  const far = join(other, 'far.mjs')
  writeFileSync(far, version('far a'))
  const dir = tempDir(t, {
    'app.mjs': `
      import { version } from ${JSON.stringify(pathToFileURL(far).href)}
      import './near.mjs'
      import { PARENT } from 'exit75'
      import { launch, run } from './kit.mjs'
      if (PARENT) launch()
      else await run(version)`,
    'kit.mjs': appFiles()['kit.mjs'] as string,
    'near.mjs': '1',
  })
  const app = startApp(t, dir, { entry: 'app.mjs' })
  await app.says('ready 1 far a []')
  writeFileSync(far, version('far b'))
  await app.says('ready 2 far b [modified far.mjs]')
  dir.write('near.mjs', '2')
  await app.says('ready 3 far b [modified near.mjs]')
})

test('a directory on another drive is watched, with its ignore files', async (t) => {
  if (!existsSync(OTHER_DRIVE)) return t.skip(`there is no ${OTHER_DRIVE}`)
  const other = mkdtempSync(`${OTHER_DRIVE}exit75-`)
  t.after(() => rmSync(other, { recursive: true, maxRetries: 5 }))
  writeFileSync(join(other, '.gitignore'), 'ignored.txt')
  const app = startApp(t, tempDir(t, { ...appFiles(), 'app.js': watching(other) }))
  await app.says('ready 1 x []')
  writeFileSync(join(other, 'data.txt'), 'new')
  await app.says('ready 2 x [added data.txt]')
})

const watching = (path: string): string => `
  import { PARENT, watch } from 'exit75'
  import { launch, run } from './kit.mjs'
  if (PARENT) launch()
  else { watch(${JSON.stringify(path)}); await run('x') }`

test('what is not to count may be named with backslashes', async (t) => {
  const dir = tempDir(t, {
    ...appFiles(),
    'app.js': watching('views'),
    'views/tmp/a.txt': '1',
    'views/b.txt': '1',
  })
  const app = startCli(t, ['--ignore', 'views\\tmp\\', 'app.js'], { cwd: dir.path })
  await app.says('ready 1 x []')
  dir.write('views/tmp/a.txt', '2')
  dir.write('views/b.txt', '2')
  await app.says('ready 2 x [modified b.txt]')
})

test('a file that is imported in other letters than on disk is watched', async (t) => {
  const dir = tempDir(
    t,
    appFiles({ 'app.js': (appFiles()['app.js'] as string).replace('version.js', 'Version.js') }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  dir.write('version.js', version('b'))
  await app.says(/^ready 2 b \[modified [Vv]ersion.js\]/)
})

/** Each gives another name of the same folder. */
const NAMES: readonly (readonly [string, (path: string) => string])[] = [
  ['with the letter of the drive in the other case', otherCase],
  ['in the long form', (path) => `\\\\?\\${path}`],
  ['as a share', (path) => `\\\\localhost\\${path[0]}$${path.slice(2)}`],
]

for (const [what, named] of NAMES) {
  test(`a program that is named ${what}`, async (t) => {
    const dir = tempDir(t, appFiles())
    const entry = named(dir.file('app.js'))
    if (!runsUnderNode(dir, named)) return t.skip('Node itself does not run a file of that name')
    const app = start(t, [entry], { cwd: dir.path })
    await app.says('ready 1 a []')
    dir.write('version.js', version('b'))
    await app.says('ready 2 b [modified version.js]')
  })
}

test('a working directory with the letter of the drive in the other case', async (t) => {
  const dir = tempDir(t, appFiles())
  const app = start(t, ['app.js'], { cwd: otherCase(dir.path) })
  await app.says('ready 1 a []')
  dir.write('version.js', version('b'))
  await app.says('ready 2 b [modified version.js]')
})

function otherCase(path: string): string {
  const letter = path.charAt(0)
  return (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()) + path.slice(1)
}

function runsUnderNode(dir: TempDir, named: (path: string) => string): boolean {
  dir.write('plain.mjs', "import './version.js'")
  return spawnSync(process.execPath, [named(dir.file('plain.mjs'))], { cwd: dir.path }).status === 0
}

test('a folder that is reached by a junction', { skip: unlessWine('junctions') }, async (t) => {
  const dir = tempDir(t, appFiles({ 'real/version.js': version('a') }))
  symlinkSync(dir.file('real'), dir.file('linked'), 'junction')
  dir.write('app.js', (appFiles()['app.js'] as string).replace('./version.js', './linked/version.js'))
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  dir.write('real/version.js', version('b'))
  await app.says('ready 2 b [modified version.js]')
})

test('names with spaces and letters of other languages', { skip: unlessWine('umlauts') }, async (t) => {
  const dir = tempDir(t, {}, 'exit75 wörter')
  for (const [name, content] of Object.entries(appFiles())) dir.write(name, content)
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  dir.write('version.js', version('b'))
  await app.says('ready 2 b [modified version.js]')
  assert.equal(app.count(/Error/), 0)
})
