/** Commands at a real terminal: they have a session of their own, and the user is not to notice. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CLI } from '../helpers/cli.ts'
import { commandDir, runs, SAYS } from '../helpers/command.ts'
import { groupOf, startedWith, stateOf } from '../helpers/proc.ts'
import { isAlive } from '../helpers/start.ts'
import type { TempDir } from '../helpers/temp-dir.ts'
import { CTRL_C, CTRL_Z, type Terminal, terminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof terminal>[0]

const at = (t: Test, dir: TempDir): Promise<Terminal> =>
  terminal(t, { cwd: dir.path, env: { CLI, LINE: `${SAYS}; exec sleep 1000` } })

/**
 * So many processes of the group run `sleep`. A shell that is about to become one (`exec`, and the last
 * command of a line) still catches SIGINT: dash forgets one that it has caught by then.
 */
const untilSleeping = (shell: Terminal, group: number, count: number): Promise<unknown> =>
  until(`${count} sleep`, shell.output, () => {
    const all = groupOf(group)
    return startedWith('sleep', '1000').filter((pid) => all.includes(pid)).length === count
  })

/** Says each signal that it gets, and ends with 3 when it has them all. */
const SERVER = `
import { existsSync } from 'node:fs'
for (const signal of ['SIGINT', 'SIGWINCH']) process.on(signal, () => {
  console.log('got', signal)
  if (signal !== 'SIGWINCH') setInterval(() => { if (existsSync('go')) { console.log('closed'); process.exit(3) } }, 5)
})
setInterval(() => {}, 1000)
console.log('serves', process.pid)`

/** The same as a shell: one in the background could not listen to Ctrl-C. */
const SHELL = `
closing() { until [ -e go ]; do sleep 0.2; done; echo closed; exit 3; }
for signal in INT HUP TERM; do trap "echo got SIG$signal; closing" $signal; done
trap "echo got SIGWINCH" WINCH
echo "serves $$"
while :; do sleep 0.2; done`

test('commands at one terminal', async (t) => {
  const dir = commandDir(t, { 'server.mjs': SERVER, 'server.sh': SHELL })
  const shell = await at(t, dir)

  await t.test(
    'one Ctrl-C is one for each process of a shell line, and the prompt waits for them',
    async () => {
      shell.enter(`$NODE $CLI --ignore go 'echo "shell $$"; node server.mjs & node server.mjs; wait'`)
      const [, group] = await shell.says(/^shell (\d+)/)
      for (const _ of [1, 2]) await shell.says('serves')
      shell.type(CTRL_C)
      for (const _ of [1, 2]) await shell.says('got SIGINT')
      process.kill(-Number(group), 'SIGWINCH') // what came before is through when this is
      for (const _ of [1, 2]) await shell.says('got SIGWINCH')
      dir.write('go', '')
      await shell.prompt()
      assert.equal(shell.count('got SIGINT'), 2)
      assert.deepEqual(groupOf(Number(group)), [])
      dir.remove('go')
    },
  )

  await t.test('Ctrl-C also ends what a shell lets ignore it, with the status of the command', async () => {
    shell.enter(`$NODE $CLI 'sleep 1000 & sleep 1000 & echo "shell $$"; sleep 1000'`)
    const [, pid] = await shell.says(/^shell (\d+)/)
    await untilSleeping(shell, Number(pid), 3)
    shell.type(CTRL_C)
    assert.equal(await shell.prompt(), 130)
    assert.deepEqual(groupOf(Number(pid)), [])
  })

  await t.test('a second Ctrl-C forces', async (t) => {
    shell.enter(`$NODE $CLI 'echo "shell $$"; sh server.sh; exit 0'`)
    const [, pid] = await shell.says(/^shell (\d+)/)
    await shell.says('serves')
    shell.type(CTRL_C)
    await shell.says('got SIGINT')
    // Two within a quarter of a second may be one key.
    const pressed = setInterval(() => shell.type(CTRL_C), 300)
    t.after(() => clearInterval(pressed))
    assert.equal(await shell.prompt(), 137)
    clearInterval(pressed)
    assert.deepEqual(groupOf(Number(pid)), [])
  })

  await t.test('a command reads what is typed, in each generation', async () => {
    shell.enter(`$NODE $CLI --on-exit exit 'echo "asks $$"; while read -r line; do echo "read $line"; done'`)
    await shell.says('asks')
    shell.type('one\n')
    await shell.says('read one')
    dir.write('version.txt', 'b')
    await shell.says('asks')
    shell.type('two\n')
    await shell.says('read two')
    shell.type('\x04') // Ctrl-D
    assert.equal(await shell.prompt(), 0)
  })

  await t.test('in the background it leaves what is typed to the shell', async () => {
    shell.enter(`$NODE $CLI --on-exit wait 'read -r line; echo "job read <$line>"' &`)
    await shell.prompt()
    await shell.says('job read <>')
    shell.enter('echo "shell read"')
    await shell.says('shell read')
    await shell.prompt()
    shell.enter('kill %1; wait')
    await shell.prompt()
  })

  await t.test(
    'Ctrl-Z stops the command with its parent, fg goes on, and an edit made meanwhile is not lost',
    async () => {
      shell.enter('$NODE $CLI "echo \\"shell \\$\\$\\"; $LINE"')
      const [, pid] = await shell.says(/^shell (\d+)/)
      await shell.says(runs(dir, 'b'))
      shell.type(CTRL_Z)
      assert.equal(await shell.prompt(), 128 + 20)
      // Each of its group stops as soon as it is its turn, and the prompt may be there before.
      await until('it is stopped', shell.output, () => stateOf(Number(pid)) === 'T')
      dir.write('version.txt', 'c')
      shell.enter('fg')
      const [, next] = await shell.says(/^shell (\d+)/)
      await shell.says(runs(dir, 'c', ['modified', 'version.txt']))
      await untilSleeping(shell, Number(next), 1)
      shell.type(CTRL_C)
      assert.equal(await shell.prompt(), 130)
    },
  )

  await t.test('a window that changes its size is told; the terminal is closed: SIGHUP, once', async () => {
    shell.enter('tty')
    const [tty] = await shell.says(/\/dev\/pts\/\d+/)
    await shell.prompt()
    shell.enter('$NODE $CLI --ignore log --ignore go "sh server.sh > log; exit 0"')
    const log = (what: RegExp) =>
      until(String(what), shell.output, () => what.exec(readFileSync(dir.file('log'), 'utf8')) ?? undefined)
    const [, pid] = await log(/serves (\d+)/)
    spawnSync('stty', ['-F', tty, 'rows', '33'])
    await log(/got SIGWINCH/)
    shell.process.kill('SIGKILL')
    await log(/got SIGHUP/)
    dir.write('go', '')
    await log(/closed/)
    await until('it is gone', shell.output, () => !isAlive(Number(pid)))
    assert.equal(readFileSync(dir.file('log'), 'utf8').match(/got SIGHUP/g)?.length, 1)
  })
})
