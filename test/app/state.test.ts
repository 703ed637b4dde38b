/** State that is handed over between real generations; values and damage are in kept-values.test.ts. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownerName, self } from '../../src/system/owner.ts'
import { inTurn } from '../helpers/in-turn.ts'
import { type Run, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** A program with this code in the child, and a folder of its own for temporary files. */
function app(t: Test, child: string, options = ''): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild({ ${options} })
      else await import('./main.mjs')`,
    'main.mjs': `
      import fs from 'node:fs'
      import { createRequire } from 'node:module'
      import { Worker } from 'node:worker_threads'
      import { generation, saveState, savedState } from 'exit75'
      const stay = () => setInterval(() => {}, 1000)
      const ours = process.env.TMPDIR + '/exit75-' + process.getuid()
      ${child}`,
    'tmp/.keep': '',
  })
}

const run = (t: Test, dir: TempDir, env = {}): Run =>
  start(t, ['app.mjs'], {
    cwd: dir.path,
    env: { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: '', EXIT75_STANDBY: '0', ...env },
  })

/** This user's directory, and what is in it. */
const ours = (dir: TempDir): string => dir.file(`tmp/exit75-${process.getuid?.()}`)
const left = (dir: TempDir): string[] => (existsSync(ours(dir)) ? readdirSync(ours(dir)) : [])
const isClean = (dir: TempDir): boolean => readdirSync(dir.file('tmp')).join() === '.keep'

/** Each generation does one of these, and says what it found. */
const GENERATIONS = `
const made = () => { try { return fs.readdirSync(ours).find((name) => name.includes('.' + process.ppid + '.')) } catch {} }
const own = () => ours + '/' + made()
const inThread = (code, workerData) => new Promise((resolve, reject) => new Worker(
  "const { parentPort, workerData } = require('node:worker_threads'); const { saveState, savedState } = require('exit75');" + code,
  { eval: true, workerData }).on('message', resolve).on('exit', resolve).on('error', reject))
const all = {
  1() {
    console.log('got', savedState(), 'made', made())
    saveState('early')
    saveState(new Map([[1, { two: 3n }]]))
    try { saveState({ jobs: [() => {}] }) } catch (error) { console.log(error.name, error.message) }
    console.log('still', savedState())
  },
  2() {
    console.log('got', savedState(), savedState() === savedState())
    process.exit(9)
  },
  async 3() {
    console.log('got', createRequire(import.meta.url)('exit75').savedState())
    await inThread("saveState('from a thread')")
  },
  async 4() {
    saveState('from the main thread')
    console.log('thread got', await inThread('parentPort.postMessage(savedState())'))
    console.log('main got', savedState())
    const loop = 'for (let n = 0; n < 100; n += 1) saveState(Array.from({ length: 1000 }, () => workerData))'
    await Promise.all([1, 2, 3, 4].map((one) => inThread(loop, one)))
    console.log('files', fs.readdirSync(own()).join())
  },
  5() {
    console.log('got', savedState().length, new Set(savedState()).size)
    saveState('damaged')
    const path = own() + '/5'
    const bytes = fs.readFileSync(path)
    bytes[bytes.length - 4] ^= 1
    fs.writeFileSync(path, bytes)
  },
  6() {
    console.log('got', savedState(), savedState())
    saveState('anew')
  },
  7() { console.log('got', savedState()); process.exit(0) },
}
await all[generation]()
process.exit(75)`

test('what one generation keeps the next one gets', async (t) => {
  const dir = app(t, GENERATIONS, "onCrash: 'wait'")
  // Both processes of a program were killed: nobody was there to remove this.
  const stale = `${ownerName({ ...self(), start: '1' })}-0123456789abcdef`
  mkdirSync(join(ours(dir), stale), { recursive: true, mode: 0o700 })
  const parent = run(t, dir)
  await inTurn(t, [
    [
      'undefined in the first one, and nothing is made before something is kept',
      () => parent.says('got undefined made undefined'),
    ],
    [
      'a value that cannot be kept is refused, and the earlier one stays',
      () => parent.says('TypeError saveState(value): state.jobs[0] is a function, which cannot'),
    ],
    ['its own is not given back to a generation', () => parent.says('still undefined')],
    ['the one kept last, the same at every call', () => parent.says('got Map(1) { 1 => { two: 3n } } true')],
    [
      'what broken code did not take is there for the code that mends it, in CommonJS, too',
      async () => {
        await parent.says('[exit75] the app exited with 9 · waiting for a change')
        assert.equal(left(dir).length, 1, 'what a killed parent had left is removed')
        dir.write('main.mjs', `// mended\n${readFileSync(dir.file('main.mjs'), 'utf8')}`)
        await parent.says('got Map(1) { 1 => { two: 3n } }')
      },
    ],
    [
      'worker threads keep and take it, whatever the main thread keeps meanwhile',
      async () => {
        await parent.says('thread got from a thread')
        await parent.says('main got from a thread')
      },
    ],
    [
      'many threads at once: what is kept is one of them, whole',
      async () => {
        await parent.says(/^files (3,4|4,3)$/)
        await parent.says('got 1000 1')
      },
    ],
    [
      'a file that is damaged is ignored with one line',
      async () => {
        await parent.says('got undefined undefined')
        // Of another process, and on another stream: it may come later.
        await parent.says(/^\[exit75\] the saved state in .* is damaged · ignored\n/)
        await parent.says('got anew')
        assert.equal(parent.count(/is damaged/), 1, parent.output())
      },
    ],
    [
      'nothing is left',
      async () => {
        assert.deepEqual(await parent.ended, { code: 0, signal: null })
        assert.ok(isClean(dir))
      },
    ],
  ])
})

test('kill -9 in the middle of it leaves the earlier value whole', async (t) => {
  const dir = app(
    t,
    `const state = savedState()
     const isWhole = state?.bytes.equals(Buffer.alloc(20e6, state.round % 251))
     console.log('round', state?.round ?? 0, isWhole ? 'whole' : 'nothing', process.pid)
     for (let round = (state?.round ?? 0) + 1; ; round += 1) {
       saveState({ round, bytes: Buffer.alloc(20e6, round % 251) })
       if (round === 1) { console.log('saved', process.pid); await new Promise(stay) }
     }`,
    "onCrash: 'wait'",
  )
  const main = readFileSync(dir.file('main.mjs'), 'utf8')
  const parent = run(t, dir)
  const [, first] = await parent.says(/saved (\d+)/)
  process.kill(Number(first), 'SIGKILL')
  for (let round = 1; round <= 3; round += 1) {
    await parent.says('[exit75] the app was killed by SIGKILL')
    dir.write('main.mjs', `// ${round}\n${main}`)
    const [, kept, how, pid] = await parent.says(/round (\d+) (\w+) (\d+)/)
    assert.equal(how, 'whole', parent.output())
    assert.ok(Number(kept) >= 1)
    await sleep(Math.random() * 120)
    process.kill(Number(pid), 'SIGKILL')
  }
  await parent.says('[exit75] the app was killed by SIGKILL')
  assert.equal(parent.count(/damaged/), 0)
  // Of each generation at most one, and one that was not finished.
  const [name = ''] = left(dir)
  assert.ok(readdirSync(join(ours(dir), name)).length <= 4, 'what was not finished is removed')
})
