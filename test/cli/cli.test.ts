import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { appFiles, version } from '../helpers/app.ts'
import { CLI, startCli } from '../helpers/cli.ts'
import { startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

test('a program that asks is run again when its code has changed', async (t) => {
  const dir = tempDir(t, appFiles())
  const run = startCli(t, ['--settle', '5', 'app'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  await run.says('ready 1 a []')
  dir.write('version.js', version('b'))
  await run.says('ready 2 b [modified version.js]')
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
})

test('a linked checkout has a command that can be executed, and says its version', async (t) => {
  const dir = tempDir(t, {})
  mkdirSync(dir.file('node_modules/.bin'))
  symlinkSync(CLI, dir.file('node_modules/.bin/exit75'))
  const run = startCommand(t, dir.file('node_modules/.bin/exit75'), ['--version'])
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.match(run.output(), /^\d+\.\d+\.\d+\S*\n$/)
})

test('a mistake is one line and a status, and no stack', async (t) => {
  const run = startCli(t, ['--overlpa', 'app.js'])
  assert.deepEqual(await run.ended, { code: 2, signal: null })
  assert.equal(run.output(), '[exit75] unknown option --overlpa. Did you mean --overlap?\n')
})

test('a command finds what has changed in its environment, under either name', async (t) => {
  const dir = tempDir(t, { 'a.txt': '1' })
  const run = startCli(t, ['echo "caused $EXIT75_CHANGES $WATCHFILES_CHANGES"; read -r _'], {
    cwd: dir.path,
  })
  await run.says('caused [] []')
  dir.write('a.txt', '2')
  const changes = `[["modified","${dir.file('a.txt')}"]]`
  await run.says(`caused ${changes} ${changes}`)
})

test('what goes to a file that is watched is no reason to run it again', async (t) => {
  const dir = tempDir(t, { 'version.txt': 'a' })
  const run = startCommand(
    t,
    'sh',
    ['-c', `exec node '${CLI}' 'read -r version < version.txt; echo "version $version"; read -r _' > log`],
    {
      cwd: dir.path,
    },
  )
  const log = () => readFileSync(dir.file('log'), 'utf8')
  await until('it runs', log, () => log().includes('version a\n'))
  for (const version of ['b', 'c']) {
    dir.write('version.txt', version)
    await until('it runs again', log, () => log().includes(`version ${version}\n`))
    await run.says('[exit75] version.txt changed · restarted in')
  }
  assert.equal(run.count(/changed/), 2, run.output())
})

test('a working directory that is gone gets a word, and no stack', async (t) => {
  const dir = tempDir(t, { 'gone/app.js': '' })
  const run = startCommand(t, 'sh', ['-c', 'rm -r ../gone; exec "$0" "$1" app.js', process.execPath, CLI], {
    cwd: dir.file('gone'),
  })
  await run.says(/^\[exit75\] the working directory is gone: change to one that exists\n$/)
  assert.deepEqual(await run.ended, { code: 2, signal: null })
})
