import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAlive } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { CTRL_C, CTRL_Z, terminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

/** An app whose child runs these lines, after which it says "ready", its generation and its pid. */
function app(t: Test, child: string, options = ''): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
      import './version.mjs'
      if (PARENT) launchChild({ ${options} })
      else {
        ${child}
        console.log('ready', generation, process.pid)
      }`,
    'version.mjs': '// 1',
  })
}

const SIGNAL_EXIT = import.meta.resolve('signal-exit')
const STAY = 'setInterval(() => {}, 1000)'
const RESTARTABLE = 'setInterval(() => { if (shouldRestart()) process.exit(75) }, 5)'
const SLOW_HANDLER = `${STAY}
  process.on('SIGINT', () => {
    console.log('asked to stop')
    setTimeout(() => { console.log('stopped'); process.exit(7) }, 400)
  })`

test('one Ctrl-C runs the handler once, and the prompt is back only afterwards, with its status', async (t) => {
  const shell = await terminal(t, { cwd: app(t, SLOW_HANDLER).path })
  shell.enter('$NODE app.mjs')
  await shell.says('ready 1')
  shell.type(CTRL_C)
  assert.equal(await shell.prompt(), 7)
  assert.match(shell.output(), /asked to stop\nstopped\n\[status 7\]/)
  assert.equal(shell.count('asked to stop'), 1)
})

test('one Ctrl-C in a later generation, too', async (t) => {
  const dir = app(t, `${RESTARTABLE};${SLOW_HANDLER}`)
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('$NODE app.mjs')
  await shell.says('ready 1')
  dir.write('version.mjs', '// 2')
  await shell.says('ready 2')
  shell.type(CTRL_C)
  assert.equal(await shell.prompt(), 7)
  assert.equal(shell.count('asked to stop'), 1)
})

test('Ctrl-C under npm, which sends the signal on by itself: the handler still runs once', async (t) => {
  const dir = app(t, SLOW_HANDLER)
  dir.write('package.json', '{"scripts":{"start":"$NODE app.mjs"}}')
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('npm start --silent')
  await shell.says('ready 1')
  shell.type(CTRL_C)
  await shell.says('stopped')
  await shell.prompt()
  assert.equal(shell.count('asked to stop'), 1)
})

for (const [what, child] of [
  ['an app without a handler', STAY],
  ['a busy loop', "console.log('ready', generation, process.pid); for (;;) {}"],
  [
    'an app that leaves it to signal-exit',
    `${STAY}; (await import(${JSON.stringify(SIGNAL_EXIT)})).onExit(() => console.log('left'))`,
  ],
] as const) {
  test(`Ctrl-C ends ${what} as the shell shows it: 130`, async (t) => {
    const dir = app(t, child)
    const shell = await terminal(t, { cwd: dir.path })
    shell.enter('$NODE app.mjs')
    const [, pid] = await shell.says(/ready 1 (\d+)/)
    shell.type(CTRL_C)
    assert.equal(await shell.prompt(), 130)
    assert.equal(isAlive(Number(pid)), false)
    assert.equal(shell.count('left'), child.includes('onExit') ? 1 : 0)
  })
}

test('a second Ctrl-C forces', async (t) => {
  const dir = app(t, `${STAY}; process.on('SIGINT', () => console.log('not yet'))`)
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('$NODE app.mjs')
  const [, pid] = await shell.says(/ready 1 (\d+)/)
  shell.type(CTRL_C)
  await shell.says('not yet')
  // Two within a quarter of a second may be one key: pressed until it helps, as users do.
  const pressed = setInterval(() => shell.type(CTRL_C), 300)
  t.after(() => clearInterval(pressed))
  assert.equal(await shell.prompt(), 137)
  clearInterval(pressed)
  assert.equal(isAlive(Number(pid)), false)
})

test('Ctrl-Z stops parent and child, fg goes on, and an edit made meanwhile is not lost', async (t) => {
  const dir = app(t, RESTARTABLE)
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('$NODE app.mjs')
  const [, pid] = await shell.says(/ready 1 (\d+)/)
  shell.type(CTRL_Z)
  assert.equal(await shell.prompt(), 128 + 20)
  dir.write('version.mjs', '// 2')
  shell.enter('fg')
  const [, next] = await shell.says(/ready 2 (\d+)/)
  assert.equal(isAlive(Number(pid)), false)
  shell.type(CTRL_C)
  assert.equal(await shell.prompt(), 130)
  assert.equal(isAlive(Number(next)), false)
})

test('the terminal is cooked again before the child after a killed one starts', async (t) => {
  const dir = app(
    t,
    `const { spawnSync } = await import('node:child_process')
     const stty = spawnSync('stty', ['-a'], { stdio: ['inherit', 'pipe', 'inherit'], encoding: 'utf8' })
     console.log('it is', /-icanon/.test(stty.stdout) ? 'raw' : 'cooked')
     process.stdin.setRawMode(true)
     ${STAY}`,
    'onCrash: "wait"',
  )
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('$NODE app.mjs')
  await shell.says('it is cooked')
  const [, pid] = await shell.says(/ready 1 (\d+)/)
  process.kill(Number(pid), 'SIGKILL')
  await shell.says('[exit75] the app was killed by SIGKILL · waiting for a change')
  dir.write('version.mjs', '// 2')
  await shell.says(/it is (raw|cooked)/)
  await shell.says('ready 2')
  assert.equal(shell.count(/it is cooked/), 2)
})

test('a job in the background is not stopped by the terminal when its child is killed', async (t) => {
  const dir = app(t, STAY)
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('$NODE app.mjs &')
  const [, pid] = await shell.says(/ready 1 (\d+)/)
  process.kill(Number(pid), 'SIGKILL')
  shell.enter('wait $!; echo waited $?')
  await shell.says('waited 137')
})

test('lines typed at the terminal reach each generation once', async (t) => {
  const dir = app(
    t,
    `process.stdin.setEncoding('utf8').on('data', (line) => console.log('heard', generation, line.trim()))
     ${RESTARTABLE}`,
  )
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('$NODE app.mjs')
  for (const generation of [1, 2, 3]) {
    await shell.says(`ready ${generation}`)
    for (const word of ['one', 'two', 'three']) {
      shell.enter(word)
      await shell.says(`heard ${generation} ${word}`)
    }
    dir.write('version.mjs', `// version ${generation}`)
  }
  assert.equal(shell.count('heard'), 9)
})

test('Ctrl-C while a crashed app waits for its fix ends with 130', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild({ onCrash: 'wait' })
      else throw new Error('no')`,
  })
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('$NODE app.mjs')
  await shell.says('[exit75] the app exited with 1 · waiting for a change')
  shell.type(CTRL_C)
  assert.equal(await shell.prompt(), 130)
})

test('while a shutdown takes long, the waiting line counts up in place', async (t) => {
  const dir = app(t, `${STAY}; process.on('SIGINT', () => console.log('never'))`)
  const shell = await terminal(t, { cwd: dir.path })
  shell.enter('$NODE app.mjs')
  await shell.says('ready 1')
  shell.type(CTRL_C)
  await until('the line counts', shell.output, () => /· \d+ s\r.\[K/.test(shell.output()))
})
