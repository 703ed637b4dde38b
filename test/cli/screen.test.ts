/** What a person sees and can have at a terminal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLI, startCli } from '../helpers/cli.ts'
import { startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { CTRL_C, terminal } from '../helpers/terminal.ts'

const BUILD = `import { word } from './word.mjs'\nconsole.log('built', word)\n`
const word = (text: string) => `export const word = '${text}'\n`

test('at a terminal: a first line, a first run after a change, a command and a clear screen before each restart, a wait after an end with 0', async (t) => {
  const dir = tempDir(t, { 'build.mjs': BUILD, 'word.mjs': word('a') })
  const shell = await terminal(t, { cwd: dir.path, env: { CLI, EXIT75_STANDBY: '0' } })
  shell.enter(
    `$NODE $CLI --postpone --clear-screen --on-restart 'echo "for $EXIT75_CHANGES"; exit 3' build.mjs`,
  )
  await shell.says('[exit75] build.mjs · watching the files that it loads · --keys takes commands')
  await shell.says('[exit75] waiting for a change before the first run')
  assert.equal(shell.count('built'), 0)
  dir.write('word.mjs', word('b'))
  await shell.says('built b')
  await shell.says('[exit75] the app exited with 0 · waiting for a change')
  assert.equal(shell.count(/for \[/), 0)
  dir.write('word.mjs', word('c'))
  await shell.says(`\x1b[2J\x1b[3J\x1b[Hfor [["modified","${dir.file('word.mjs')}"]]`)
  await shell.says('[exit75] the command of onRestart exited with 3: echo')
  await shell.says('built c')
  await shell.says('[exit75] the app exited with 0 · waiting for a change')
  shell.type(CTRL_C)
  assert.equal(await shell.prompt(), 130)

  // The option says otherwise, and launchChild() says what it runs.
  dir.write('app.mjs', `import { PARENT, launchChild } from 'exit75'\nif (PARENT) launchChild()\n`)
  shell.enter('$NODE $CLI --on-exit exit --log silent build.mjs && $NODE app.mjs')
  await shell.says('built c')
  await shell.says('[exit75] app.mjs · watching the files that it loads')
  assert.equal(await shell.prompt(), 0)
  assert.equal(shell.count(/watching the files/), 2)
})

test('without a terminal: one line, an end with 0 is the end, and a signal ends a command of onRestart', async (t) => {
  const dir = tempDir(t, { 'build.mjs': BUILD, 'word.mjs': word('a') })
  const once = startCli(t, ['--clear-screen', 'build.mjs'], { cwd: dir.path })
  assert.deepEqual(await once.ended, { code: 0, signal: null })
  assert.equal(once.count('[exit75]'), 1, once.output())
  const run = startCommand(
    t,
    process.execPath,
    [CLI, '--on-exit', 'wait', '--on-restart', 'echo begins; exec sleep 1000', 'build.mjs'],
    { cwd: dir.path },
  )
  await run.says('[exit75] the app exited with 0 · waiting for a change')
  dir.write('word.mjs', word('b'))
  await run.says('begins')
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
  assert.equal(run.count('[exit75]'), 2, run.output())
})
