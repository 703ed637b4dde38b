import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { Log } from '../../src/log.ts'
import { readKeys, uptime } from '../../src/parent/keys.ts'
import type { Change } from '../../src/protocol/change.ts'
import { monotonic } from '../../src/system/monotonic.ts'
import { startCommand } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

/** A terminal in memory: what is written to it was typed. */
const keyboard = () => {
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isHeld: true,
    unref: () => input,
    ref: () => input,
  })
  input.unref = () => Object.assign(input, { isHeld: false })
  input.ref = () => Object.assign(input, { isHeld: true })
  return input
}

/** What the keys ask for, and what is said, in one list. */
function reading(input: NodeJS.ReadableStream) {
  const told: string[] = []
  let restarts = 0
  const changes: Change[] = [
    { type: 'modified', path: join(process.cwd(), 'a.js') },
    { type: 'deleted', path: '/b' },
  ]
  const undo = readKeys(
    input,
    {
      restart: () => told.push(`restart ${++restarts}`),
      changes: () => (restarts === 0 ? [] : changes),
      processes: () => [
        { pid: 1, role: 'parent', since: monotonic() - 90_000 },
        { pid: 2, role: 'child', since: monotonic() - 1500 },
      ],
      quit: () => told.push('quit'),
    },
    { info: (text: string) => told.push(text) } as unknown as Log,
  )
  return { told, undo }
}

const HELP = 'type rs to restart · ch what changed · p processes · q quit · ? help'

test('typed commands do what they say, line by line', async () => {
  const input = keyboard()
  const { told } = reading(input)
  assert.deepEqual(told.splice(0), [HELP])
  for (const [typed, ...expected] of [
    ['ch\n', 'nothing has changed yet'],
    [' rs \n', 'restart 1'],
    ['rs\nch\n', 'restart 2', 'modified a.js', 'deleted /b'],
    ['p\n', 'parent 1 · up 1 min', /^child 2 · up 1\.\d s$/],
    ['?\n', HELP],
    ['\nrestart\n', `"restart" is not a command · ? for help`],
    ['toString\n', `"toString" is not a command · ? for help`],
    ['r'], // half a line is not one yet
    ['s\nq\n', 'restart 3', 'quit'],
  ] as const) {
    input.write(typed)
    await new Promise(setImmediate)
    const said = told.splice(0)
    assert.equal(said.length, expected.length, `${JSON.stringify(typed)}: ${said}`)
    for (const [at, one] of expected.entries())
      if (typeof one === 'string') assert.equal(said[at], one)
      else assert.match(said[at] as string, one)
  }
})

test('the keyboard does not hold the process open, and afterwards it is that of the program', async () => {
  const input = keyboard()
  const { told, undo } = reading(input)
  assert.equal(input.isHeld, false)
  undo()
  assert.equal(input.isHeld, true)
  input.resume()
  input.write('rs\n')
  const [text] = await once(input, 'data')
  assert.equal(String(text), 'rs\n')
  assert.deepEqual(told, [HELP])
})

test('without a terminal they are off, and one line says so', async () => {
  const input = new PassThrough()
  const { told } = reading(input)
  input.write('rs\nq\n')
  await new Promise(setImmediate)
  assert.deepEqual(told, ['--keys: standard input is not a terminal, so nothing can be typed'])
  assert.equal(input.listenerCount('data'), 0)
})

test('at a real terminal: the process is not held open by it, a line is read, and then no more', async (t) => {
  const dir = tempDir(t, {
    'keys.mts': `
      const { readKeys } = await import('${REPOSITORY}/src/parent/keys.ts')
      const { createLog } = await import('${REPOSITORY}/src/log.ts')
      const stay = setInterval(() => {}, 1000)
      const undo = readKeys(process.stdin, {
        restart() {
          console.log('restart')
          undo()
          process.stdin.resume().once('data', (text) => {
            console.log('read by itself:', text.trim())
            undo()
            readKeys(process.stdin, {}, createLog('info'))
            clearInterval(stay)
          })
        },
      }, createLog('info'))
      console.log('ready')`,
  })
  const command = 'stty -echo -onlcr; "$NODE" --import "$TSX" keys.mts; echo status $?'
  const env = { NODE: process.execPath, TSX: import.meta.resolve('tsx'), NO_COLOR: '1' }
  const run = startCommand(t, 'script', ['-qec', command, '/dev/null'], { cwd: dir.path, env })
  await run.says(`[exit75] ${HELP}`)
  await run.says('ready')
  // Ctrl-D hands over what was typed, without an end of line.
  run.type('r\x04')
  run.type('s\n')
  await run.says('restart')
  run.type('rs\n')
  await run.says('read by itself: rs')
  await run.says('status 0')
  assert.equal(run.count(/^restart/), 1)
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
