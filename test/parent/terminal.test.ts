import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn } from '../helpers/in-turn.ts'
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

const STAY = 'setInterval(() => {}, 1000)'
const RESTARTABLE = 'setInterval(() => { if (shouldRestart()) process.exit(75) }, 5)'
const SLOW_HANDLER = `${STAY}
  process.on('SIGINT', () => {
    console.log('asked to stop')
    setTimeout(() => { console.log('stopped'); process.exit(7) }, 400)
  })`

/** One terminal for what an app says to its user: each case starts another program in it. */
test('at a terminal', async (t) => {
  const shell = await terminal(t, { env: { EXIT75_STANDBY: '0' } })
  const enter = (dir: TempDir, command = '$NODE app.mjs') => shell.enter(`cd '${dir.path}'; ${command}`)

  await inTurn(t, [
    [
      'one Ctrl-C runs the handler once, in a later generation, too, and the prompt is back only afterwards, with its status',
      async (t) => {
        const dir = app(t, `${RESTARTABLE};${SLOW_HANDLER}`)
        enter(dir)
        await shell.says('ready 1')
        dir.write('version.mjs', '// 2')
        await shell.says('ready 2')
        await shell.says(/version\.mjs changed · restarted in/)
        shell.type(CTRL_C)
        assert.equal(await shell.prompt(), 7)
        assert.match(shell.output(), /asked to stop\nstopped\n\[status 7\]/)
        assert.equal(shell.count('asked to stop'), 1)
      },
    ],
    [
      'Ctrl-C ends a busy loop as the shell shows it: 130',
      async (t) => {
        enter(app(t, "console.log('ready', generation, process.pid); for (;;) {}"))
        const [, pid] = await shell.says(/ready 1 (\d+)/)
        shell.type(CTRL_C)
        assert.equal(await shell.prompt(), 130)
        assert.equal(isAlive(Number(pid)), false)
      },
    ],
    [
      'while a shutdown takes long, the waiting line counts up in place, and a second Ctrl-C forces',
      async (t) => {
        enter(app(t, `${STAY}; process.on('SIGINT', () => console.log('not yet'))`))
        const [, pid] = await shell.says(/ready 1 (\d+)/)
        shell.type(CTRL_C)
        await shell.says('not yet')
        // By then it cannot be the same key.
        await until('the line counts', shell.output, () => /· \d+ s \r.\[K/.test(shell.output()))
        shell.type(CTRL_C)
        assert.equal(await shell.prompt(), 137)
        assert.match(shell.output(), /\r.\[KKilled\n.*$/, 'what the shell writes does not follow the line')
        assert.equal(isAlive(Number(pid)), false)
      },
    ],
    [
      'lines that are typed reach each generation once; Ctrl-Z stops both, fg goes on, and an edit made meanwhile is not lost',
      async (t) => {
        const dir = app(
          t,
          `process.stdin.setEncoding('utf8').on('data', (line) => console.log('heard', generation, line.trim()))
           ${RESTARTABLE}`,
        )
        enter(dir)
        let pid = ''
        for (const generation of [1, 2]) {
          ;[, pid = ''] = await shell.says(new RegExp(`ready ${generation} (\\d+)`))
          for (const word of ['one', 'two', 'three']) {
            shell.enter(word)
            await shell.says(`heard ${generation} ${word}`)
          }
          if (generation === 1) dir.write('version.mjs', `// version ${generation}`)
        }
        assert.equal(shell.count('heard'), 6)
        shell.type(CTRL_Z)
        assert.equal(await shell.prompt(), 128 + 20)
        dir.write('version.mjs', '// 3')
        shell.enter('fg')
        const [, next] = await shell.says(/ready 3 (\d+)/)
        assert.equal(isAlive(Number(pid)), false)
        shell.type(CTRL_C)
        assert.equal(await shell.prompt(), 130)
        assert.equal(isAlive(Number(next)), false)
      },
    ],
    [
      'the terminal is cooked again before the child after a killed one starts, and Ctrl-C while it waits for a fix ends with 130',
      async (t) => {
        const dir = app(
          t,
          `const { spawnSync } = await import('node:child_process')
           const stty = spawnSync('stty', ['-a'], { stdio: ['inherit', 'pipe', 'inherit'], encoding: 'utf8' })
           console.log('it is', /-icanon/.test(stty.stdout) ? 'raw' : 'cooked')
           if (generation > 1) process.exit(1)
           process.stdin.setRawMode(true)
           ${STAY}`,
          'onCrash: "wait"',
        )
        enter(dir)
        const [, pid] = await shell.says(/ready 1 (\d+)/)
        process.kill(Number(pid), 'SIGKILL')
        await shell.says('[exit75] the app was killed by SIGKILL · waiting for a change')
        dir.write('version.mjs', '// 2')
        await shell.says('[exit75] the app exited with 1 · waiting for a change')
        assert.equal(shell.count(/it is cooked/), 2)
        shell.type(CTRL_C)
        assert.equal(await shell.prompt(), 130)
      },
    ],
    [
      'a job in the background is not stopped by the terminal when its child is killed',
      async (t) => {
        enter(app(t, STAY), '$NODE app.mjs &')
        const [, pid] = await shell.says(/ready 1 (\d+)/)
        process.kill(Number(pid), 'SIGKILL')
        shell.enter('wait $!; echo waited $?')
        await shell.says('waited 137')
        await shell.prompt()
      },
    ],
    [
      'Ctrl-C under npm, which sends the signal on by itself: the handler still runs once',
      async (t) => {
        const asked = shell.count('asked to stop')
        const dir = app(t, SLOW_HANDLER)
        dir.write('package.json', '{"scripts":{"start":"$NODE app.mjs"}}')
        enter(dir, 'npm start --silent')
        await shell.says('ready 1')
        shell.type(CTRL_C)
        // Where npm takes longer than one key, it is a second one, and the shutdown is cut short.
        await shell.prompt()
        assert.equal(shell.count('asked to stop'), asked + 1)
      },
    ],
  ])
})
