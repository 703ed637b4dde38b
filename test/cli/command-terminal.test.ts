/** Commands at a real terminal: they have a session of their own, and the user is not to notice. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CLI } from '../helpers/cli.ts'
import { commandDir, LINE, runs } from '../helpers/command.ts'
import { groupOf, startedWith, stateOf } from '../helpers/proc.ts'
import { isAlive } from '../helpers/start.ts'
import type { TempDir } from '../helpers/temp-dir.ts'
import { CTRL_C, CTRL_Z, type Terminal, terminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof terminal>[0]

const at = (t: Test, dir: TempDir): Promise<Terminal> => terminal(t, { cwd: dir.path, env: { CLI, LINE } })

/** Says each signal that it gets, and ends with 3 when it has them all. */
const SERVER = `
import { existsSync } from 'node:fs'
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGWINCH']) process.on(signal, () => {
  console.log('got', signal)
  if (signal !== 'SIGWINCH') setInterval(() => { if (existsSync('go')) { console.log('closed'); process.exit(3) } }, 5)
})
setInterval(() => {}, 1000)
console.log('serves', process.pid)`

const serverDir = (t: Test, files: Record<string, string> = {}): TempDir =>
  commandDir(t, { 'server.mjs': SERVER, ...files })

test('one Ctrl-C is one for each process of a shell line, and the prompt waits for them', async (t) => {
  const dir = serverDir(t)
  const shell = await at(t, dir)
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
})

test('Ctrl-C also ends what a shell lets ignore it, with the status of the command', async (t) => {
  const shell = await at(t, commandDir(t))
  shell.enter(`$NODE $CLI 'sleep 1000 & sleep 1000 & echo "shell $$"; sleep 1000'`)
  const [, pid] = await shell.says(/^shell (\d+)/)
  await untilSleeping(shell, Number(pid), 3)
  shell.type(CTRL_C)
  assert.equal(await shell.prompt(), 130)
  assert.deepEqual(groupOf(Number(pid)), [])
})

/**
 * So many processes of the group run `sleep`. A shell that is about to become one (`exec`, and the last
 * command of a line) still catches SIGINT: dash forgets one that it has caught by then.
 */
const untilSleeping = (shell: Terminal, group: number, count: number): Promise<unknown> =>
  until(`${count} sleep`, shell.output, () => {
    const all = groupOf(group)
    return startedWith('sleep', '1000').filter((pid) => all.includes(pid)).length === count
  })

test('a second Ctrl-C forces', async (t) => {
  const shell = await at(t, serverDir(t))
  shell.enter(`$NODE $CLI 'echo "shell $$"; node server.mjs; exit 0'`)
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

test('a command reads what is typed, in each generation', async (t) => {
  const dir = commandDir(t)
  const shell = await at(t, dir)
  shell.enter(`$NODE $CLI 'echo "asks $$"; while read -r line; do echo "read $line"; done'`)
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

test('Ctrl-Z stops the command with its parent, fg goes on, and an edit made meanwhile is not lost', async (t) => {
  const dir = commandDir(t)
  const shell = await at(t, dir)
  shell.enter('$NODE $CLI "echo \\"shell \\$\\$\\"; $LINE"')
  const [, pid] = await shell.says(/^shell (\d+)/)
  await shell.says(runs('a'))
  shell.type(CTRL_Z)
  assert.equal(await shell.prompt(), 128 + 20)
  // Each of its group stops as soon as it is its turn, and the prompt may be there before.
  await until('it is stopped', shell.output, () => stateOf(Number(pid)) === 'T')
  dir.write('version.txt', 'b')
  shell.enter('fg')
  const [, next] = await shell.says(/^shell (\d+)/)
  await shell.says(runs('b', ['modified', 'version.txt']))
  await untilSleeping(shell, Number(next), 1)
  shell.type(CTRL_C)
  assert.equal(await shell.prompt(), 130)
})

test('a window that changes its size is told to the command', async (t) => {
  const shell = await at(t, serverDir(t))
  shell.enter('tty')
  const [tty] = await shell.says(/\/dev\/pts\/\d+/)
  await shell.prompt()
  shell.enter('$NODE $CLI -- "node server.mjs;"')
  await shell.says('serves')
  spawnSync('stty', ['-F', tty, 'rows', '33'])
  await shell.says('got SIGWINCH')
})

test('the terminal is closed: SIGHUP, once', async (t) => {
  const dir = serverDir(t)
  const shell = await at(t, dir)
  shell.enter('$NODE $CLI --ignore log --ignore go "node server.mjs > log; exit 0"')
  const log = (what: RegExp) =>
    until(String(what), shell.output, () => what.exec(readFileSync(dir.file('log'), 'utf8')) ?? undefined)
  const [, pid] = await log(/serves (\d+)/)
  shell.process.kill('SIGKILL')
  await log(/got SIGHUP/)
  dir.write('go', '')
  await log(/closed/)
  await until('it is gone', shell.output, () => !isAlive(Number(pid)))
  assert.equal(readFileSync(dir.file('log'), 'utf8').match(/got/g)?.length, 1)
})
