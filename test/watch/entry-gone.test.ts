/** The program's own file is gone for longer than any save takes: a build has removed it, and writes it again. */
import assert from 'node:assert/strict'
import { renameSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { appFiles, startApp, version, WAYS } from '../helpers/app.ts'
import { startCli } from '../helpers/cli.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const GONE = '[exit75] dist/app.js is gone · the running code stays until it is back'

const built = (): Record<string, string> => {
  const { 'package.json': type = '', ...files } = appFiles()
  const inDist = Object.entries(files).map(([name, text]) => [`dist/${name}`, text])
  return { 'package.json': type, ...Object.fromEntries(inDist) }
}

for (const { by, options } of WAYS)
  test(`a build removes everything and takes its time: the app stays up (${by})`, async (t) => {
    const dir = tempDir(t, built())
    const app = startApp(t, dir, { entry: 'dist/app.js', options })
    await app.says('ready 1 a []')

    dir.remove('dist')
    await app.says(GONE)
    for (const [name, text] of Object.entries(built())) dir.write(name, text)
    dir.write('dist/version.js', version('b'))
    await app.says('ready 2 b [modified version.js]')

    dir.remove('dist')
    await app.says(GONE)
    for (const [name, text] of Object.entries(built())) dir.write(name, text)
    dir.write('dist/version.js', version('b'))
    await app.says('[exit75] dist/app.js is back to the loaded version · nothing to do')
    assert.equal(app.count(/ready/), 2, app.output())
    dir.write('dist/version.js', version('c'))
    await app.says('ready 3 c [modified version.js]')
  })

const { platform } = process
test('the file that a link led to is gone, but the link leads to another one', {
  skip: platform === 'win32',
}, async (t) => {
  const { 'app.js': entry = '', ...files } = appFiles()
  const dir = tempDir(t, { ...files, 'one.js': entry, 'two.js': entry.replace('run(version)', `run('two')`) })
  symlinkSync('one.js', dir.file('app.js'))
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  symlinkSync('two.js', dir.file('app.js.new'))
  renameSync(dir.file('app.js.new'), dir.file('app.js'))
  dir.remove('one.js')
  await app.says('ready 2 two')
})

test('a program that does not cooperate stays up, too, and is restarted at will', async (t) => {
  const dir = tempDir(t, { 'app.mjs': `console.log('up'); setInterval(() => {}, 1000)` })
  const run = startCli(t, ['app.mjs'], { cwd: dir.path })
  await run.says('up')
  dir.remove('app.mjs')
  await run.says('[exit75] app.mjs is gone · the running code stays until it is back')
  dir.write('app.mjs', `console.log('back'); setInterval(() => {}, 1000)`)
  await run.says('back')
  assert.equal(run.count(/up/), 1)
})
