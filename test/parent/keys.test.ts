import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uptime } from '../../src/parent/keys.ts'
import { type Run, start, startCommand } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** Says what the keys ask for; `q` stops the reading, and is heard no more. */
const PROGRAM = `
import { join } from 'node:path'
const { readKeys } = await import('${REPOSITORY}/src/parent/keys.ts')
const { createLog } = await import('${REPOSITORY}/src/log.ts')
let restarts = 0
const stay = setInterval(() => {}, 1000)
const undo = readKeys(process.stdin, {
  restart: () => console.log('restart', ++restarts),
  changes: () => restarts === 0 ? [] : [{ type: 'modified', path: join(process.cwd(), 'a.js') }, { type: 'deleted', path: '/b' }],
  processes: () => [{ pid: 1, role: 'parent', since: performance.now() - 90_000 }, { pid: 2, role: 'child', since: performance.now() - 1500 }],
  quit() {
    console.log('quit')
    if (process.argv[2] === 'stay') return
    undo()
    process.stdin.resume().once('data', (text) => {
      console.log('read by itself:', text.trim())
      process.stdin.pause()
      clearInterval(stay)
    })
  },
}, createLog('info'))
console.log('ready')
if (process.argv[2] === 'end') clearInterval(stay)
`

function atTerminal(t: Test, ...args: string[]): Run {
  const dir = tempDir(t, { 'keys.mjs': PROGRAM })
  const command = `stty -echo -onlcr; "$NODE" --import "$TSX" keys.mjs ${args.join(' ')}; echo status $?`
  const env = { NODE: process.execPath, TSX: import.meta.resolve('tsx'), NO_COLOR: '1' }
  return startCommand(t, 'script', ['-qec', command, '/dev/null'], { cwd: dir.path, env })
}

test('typed commands do what they say, line by line', async (t) => {
  const run = atTerminal(t)
  await run.says(
    '[exit75] type rs to restart, ch for what changed last, p for processes, q to quit, ? for this',
  )
  await run.says('ready')
  run.type('ch\n')
  await run.says('[exit75] nothing has changed yet')
  run.type(' rs \n')
  await run.says('restart 1')
  run.type('rs\nch\n')
  await run.says('restart 2')
  await run.says('[exit75] modified a.js')
  await run.says('[exit75] deleted /b')
  run.type('p\n')
  await run.says('[exit75] parent 1 · up 1 min')
  await run.says(/^\[exit75\] child 2 · up 1\.\d s\n/)
  run.type('?\n')
  await run.says('[exit75] type rs')
  run.type('\nrestart\ntoString\n')
  await run.says('[exit75] "restart" is not a command · type rs to restart')
  await run.says('[exit75] "toString" is not a command')
  run.type('q\n')
  await run.says('quit')
  run.type('rs\n')
  await run.says('read by itself: rs')
  await run.says('status 0')
  assert.equal(run.count('restart'), 2)
  assert.equal(run.count(/^\[exit75\] "/), 2)
})

test('half a line is not one yet', async (t) => {
  const run = atTerminal(t, 'stay')
  await run.says('ready')
  // Ctrl-D hands over what was typed, without an end of line.
  run.type('r\x04')
  run.type('s\nq\n')
  await run.says('quit')
  assert.equal(run.count('restart 1'), 1)
})

test('the keyboard does not hold the process open', async (t) => {
  const run = atTerminal(t, 'end')
  await run.says('ready')
  await run.says('status 0')
})

test('without a terminal they are off, and one line says so', async (t) => {
  const dir = tempDir(t, { 'keys.mjs': PROGRAM })
  const run = start(t, ['keys.mjs', 'end'], {
    cwd: dir.path,
    flags: ['--import', import.meta.resolve('tsx')],
  })
  run.type('rs\nq\n')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.output().match(/\[exit75\]/g)?.length, 1)
  assert.match(
    run.output(),
    /^\[exit75\] --keys: standard input is not a terminal, so nothing can be typed$/m,
  )
  assert.equal(run.count('restart'), 0)
})

test('how long a process is up', () => {
  assert.deepEqual([5, 3200, 12 * 60_000 + 1, 5.5 * 3_600_000, 30 * 3_600_000].map(uptime), [
    '5 ms',
    '3.2 s',
    '12 min',
    '5 h 30 min',
    '30 h 0 min',
  ])
})
