/** How a command ends, with all that it has started: a shell, servers below it, jobs in the background. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { startCli } from '../helpers/cli.ts'
import { commandDir, LINE, runs } from '../helpers/command.ts'
import { groupOf, processesWith, startedWith } from '../helpers/proc.ts'
import { isAlive, type Run } from '../helpers/start.ts'
import type { TempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof startCli>[0]

const exit75 = (t: Test, dir: TempDir, args: readonly string[]): Run => startCli(t, args, { cwd: dir.path })

/** Says each signal that it gets, and ends then, as soon as there is a file `go`. */
const SERVER = `
closing() { until [ -e go ]; do sleep 0.3; done; echo closed; exit 0; }
for signal in TERM INT HUP QUIT; do trap "echo got SIG$signal; closing" $signal; done
echo "serves $$"
while :; do sleep 1; done
`

const serverDir = (t: Test): TempDir =>
  commandDir(t, { 'server.sh': SERVER, 'package.json': '{"exit75":{"ignore":["go"]}}' })

/** The shell stays above the server. */
const BELOW_A_SHELL = 'echo "shell $$"; sh server.sh; exit 0'

async function serving(run: Run): Promise<{ shell: number; server: number }> {
  const [, shell] = await run.says(/^shell (\d+)/)
  const [, server] = await run.says(/^serves (\d+)/)
  return { shell: Number(shell), server: Number(server) }
}

/** What ends a command if its parent dies. */
const guardsOf = ({ pid }: Run): number[] => startedWith('exit75-watchdog', String(pid))

/** Of the command, what it started, and what watches over it. */
const nothingIsLeft = (run: Run, group: number): Promise<unknown> =>
  until(
    'nothing is left',
    () => `${run.output()}\n${[...groupOf(group), ...guardsOf(run)]}`,
    () => groupOf(group).length === 0 && guardsOf(run).length === 0,
  )

test('a server below a shell gets one signal for a restart, and its time; also when the parent is killed', async (t) => {
  const dir = serverDir(t)
  const run = exit75(t, dir, ['--kill-timeout', '3000', BELOW_A_SHELL])
  const { shell } = await serving(run)
  dir.write('version.txt', 'b')
  await run.says('got SIGTERM')
  await until('the shell has ended', run.output, () => !isAlive(shell))
  assert.equal(run.count('closed'), 0)
  dir.write('go', '')
  await run.says('closed')
  const next = await serving(run)
  assert.equal(run.count('got SIGTERM'), 1)
  assert.notEqual(next.shell, shell)
  assert.match(run.output(), /^closed\n(\[exit75\] .*\n)?shell/m)
  assert.deepEqual(groupOf(shell), [])

  dir.remove('go')
  const [guard = 0, ...more] = guardsOf(run)
  assert.deepEqual(more, [])
  process.kill(guard, 'SIGKILL')
  const isAnother = () => guardsOf(run).length === 1 && !guardsOf(run).includes(guard)
  await until('it is watched over again', run.output, isAnother)
  run.signal('SIGKILL')
  await until('the server is gone', run.output, () => !isAlive(next.server))
  assert.equal(run.count('got SIGTERM'), 2)
  assert.equal(run.count('closed'), 1)
  await nothingIsLeft(run, next.shell)
})

test('a command whose parent is killed while it starts it does not outlive it', async (t) => {
  const run = exit75(t, commandDir(t), ['echo "shell $$"; kill -KILL $PPID; exec sleep 1000'])
  const [, shell] = await run.says(/^shell (\d+)/)
  assert.equal((await run.ended).signal, 'SIGKILL')
  await nothingIsLeft(run, Number(shell))
})

test('under nohup a command goes on after SIGHUP, and an edit still restarts it', async (t) => {
  const dir = commandDir(t)
  const run = startCli(t, [LINE], { cwd: dir.path, env: { _: '/usr/bin/nohup' } }) // as a shell sets it
  await run.says(runs(dir, 'a'))
  run.signal('SIGHUP')
  dir.write('version.txt', 'b')
  await run.says(runs(dir, 'b', ['modified', 'version.txt']))
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
})

test('a shell line may have many lines, and more letters than a file name', async (t) => {
  const lines = Array.from({ length: 300 }, (_, at) => `[ ${at} -ge 0 ] # of many`)
  const line = `# first\n${lines.join('\n')}\nif true; then\n  ${LINE}\nfi`
  const dir = commandDir(t)
  const run = exit75(t, dir, [line])
  await run.says(runs(dir, 'a'))
  dir.write('version.txt', 'b')
  await run.says(runs(dir, 'b', ['modified', 'version.txt']))
})

test('--signal is the one that it gets, and it is killed after --kill-timeout if it does not end', async (t) => {
  const dir = serverDir(t)
  const run = exit75(t, dir, ['--signal', 'hup', '--kill-timeout', '1000', BELOW_A_SHELL])
  const { shell } = await serving(run)
  dir.write('version.txt', 'b')
  await run.says('got SIGHUP')
  await run.says(/\[exit75\] still running 1\.0 s after the signal · sending SIGKILL/)
  await serving(run)
  assert.deepEqual(groupOf(shell), [])
  dir.write('go', '')
  dir.write('version.txt', 'c')
  await run.says('got SIGHUP')
  await run.says('closed')
  await serving(run)
  assert.equal(run.count('got'), 2)
})

for (const [what, line] of [
  [
    'jobs and grandchildren in the background, and what is stopped',
    `(trap "echo job" EXIT; sleep 1000) & sleep 1000 &
    ( (sleep 1000 & sleep 1000 & wait) & )
    sleep 1000 & kill -STOP $!; echo "shell $$"; exec sleep 1000`,
  ],
  ['what ignores the signal', 'trap "" TERM INT; echo "shell $$"; sleep 1000'],
] as const) {
  test(`nothing is left of a shell after a restart, and after the end: ${what}`, async (t) => {
    const dir = commandDir(t)
    const run = exit75(t, dir, ['--kill-timeout', '300', line])
    const [, first] = await run.says(/^shell (\d+)/)
    dir.write('version.txt', 'b')
    const [, second] = await run.says(/^shell (\d+)/)
    assert.deepEqual(groupOf(Number(first)), [])
    run.signal('SIGTERM')
    await run.ended
    assert.deepEqual(groupOf(Number(second)), [])
    await nothingIsLeft(run, Number(second))
  })
}

test('what a shell leaves behind when it ends by itself is ended, with its time', async (t) => {
  const dir = serverDir(t)
  const line = 'echo "shell $$"; sh server.sh & read -r _; exit 7'
  const run = exit75(t, dir, [line])
  const { shell } = await serving(run)
  run.type('over\n')
  await run.says('got SIGTERM')
  await until('the shell has ended', run.output, () => !isAlive(shell))
  assert.equal(run.count('exited with 7'), 0)
  dir.write('go', '')
  await run.says('closed')
  await run.says(/\[exit75\] the app exited with 7 · waiting for a change/)
  assert.equal(run.count('got'), 1)
  assert.deepEqual(groupOf(shell), [])
})

/** Says what it reads, until nobody writes any more. */
const FORMATTER = 'while read -r line; do echo "[$line]"; done; echo "[over]"'

test('server | formatter: what the server says at its end is formatted, and what reads no input ends, too', {
  skip: !existsSync('/proc/self/fd') && 'the system does not tell who reads whom',
}, async (t) => {
  const dir = serverDir(t)
  dir.write('formatter.sh', FORMATTER)
  const run = exit75(t, dir, ['echo "shell $$"; sh server.sh | sh formatter.sh | { cat; exec sleep 1000; }'])
  const begun = async () => {
    const [, shell] = await run.says(/^shell (\d+)/)
    await run.says(/^\[serves \d+\]/)
    return Number(shell)
  }
  const ended = async (signal: string) => {
    await run.says(`[got ${signal}]`)
    dir.write('go', '')
    await run.says('[closed]')
    await run.says('[over]')
  }
  const first = await begun()
  dir.write('version.txt', 'b')
  await ended('SIGTERM')
  const second = await begun()
  assert.deepEqual(groupOf(first), [])
  dir.remove('go')
  run.signal('SIGINT')
  await ended('SIGINT')
  await run.ended
  await nothingIsLeft(run, second)
})

test('so it is when the parent is killed: by --signal, in turn, and in all groups of a session', {
  skip: !existsSync('/proc/self/fd') && 'the system does not tell who reads whom',
}, async (t) => {
  const dir = serverDir(t)
  dir.write('formatter.sh', FORMATTER)
  const job = `JOB=of-${process.pid}`
  const line = `${job} bash -c 'set -m; sleep 1000 & wait' & echo "shell $$"; sh server.sh | sh formatter.sh`
  const run = exit75(t, dir, ['--signal', 'HUP', line])
  const [, shell] = await run.says(/^shell (\d+)/)
  await run.says(/^\[serves \d+\]/)
  await until('the job runs', run.output, () => processesWith(job).length === 2)
  run.signal('SIGKILL')
  await run.says('[got SIGHUP]')
  dir.write('go', '')
  await run.says('[closed]')
  await run.says('[over]')
  await nothingIsLeft(run, Number(shell))
  assert.deepEqual(processesWith(job), [])
})

// For the others see receiveSignals() in wait-for-fix.test.ts, and child-state.test.ts.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} to the parent is passed on once, and waited for`, async (t) => {
    const dir = serverDir(t)
    const run = exit75(t, dir, [BELOW_A_SHELL])
    const { shell } = await serving(run)
    run.signal(signal)
    await run.says(`got ${signal}`)
    assert.equal(isAlive(run.pid), true)
    dir.write('go', '')
    await run.says('closed')
    const { code, signal: by } = await run.ended
    // A shell waits for what it runs when it is interrupted, and ends before it otherwise.
    assert.ok(by === signal || code === 0, `${code} ${by}`)
    assert.equal(run.count('got'), 1)
    await nothingIsLeft(run, shell)
  })
}
