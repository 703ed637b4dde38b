/** The questions and requests of the app; watch() has a file of its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as exit75 from 'exit75'
import { appFiles, startApp, untilWatched, version } from '../helpers/app.ts'
import { type Case, inTurn } from '../helpers/in-turn.ts'
import { watchesOf } from '../helpers/proc.ts'
import { type Run, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

/** Each case is a generation of one program: what it runs, and what is done to it until it restarts. */
test('the questions of the app', async (t) => {
  const files = Object.fromEntries(
    GENERATIONS.map(([, code], at) => [`generation${at + 1}.js`, `${BEFORE}${code}\n`]),
  )
  const dir = tempDir(t, appFiles({ ...files, ...WORKERS, 'app.js': APP, 'late/late.js': LATE }))
  const app = startApp(t, dir, { env: { EXIT75_STANDBY: '0' } })
  await inTurn(
    t,
    GENERATIONS.map(([name, , act], at): Case => [name, () => act(app, dir, at + 1)]),
  )
})

const APP = `
import { generation, PARENT } from 'exit75'
import { launch } from './kit.mjs'
if (PARENT) launch()
else await import('./generation' + generation + '.js')
`

const BEFORE = `
import * as exit75 from 'exit75'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { run } from './kit.mjs'
import { version } from './version.js'
const { changes, generation, onRestart, requestRestart, RestartRequested, restartSignal, shouldRestart, watch } = exit75
const worker = (name, options) => new Worker(new URL(name, import.meta.url), options)
let sum = 0
`

/** Says where it is told, and what. */
const TOLD = `
const tell = (where) => restartSignal.addEventListener('abort', () => {
  const { reason } = restartSignal
  const same = reason instanceof RestartRequested && reason instanceof Error
  console.log(where, shouldRestart(), same, reason.name, JSON.stringify(reason.changes), reason.message)
})`

const LATE = "console.log('late')\n"

const WORKERS = {
  'busy-worker.js': `
import { parentPort } from 'node:worker_threads'
import { CHILD, generation, PARENT, shouldRestart } from 'exit75'
import { version } from './version.js'
parentPort.postMessage(['worker', generation, version, PARENT, CHILD].join(' '))
while (!shouldRestart());
`,
  'told-worker.js': `
import { parentPort } from 'node:worker_threads'
import { RestartRequested, restartSignal, shouldRestart } from 'exit75'
${TOLD}
tell('worker')
restartSignal.addEventListener('abort', () => setTimeout(() => {}, 20))
const alive = setInterval(() => restartSignal.aborted && clearInterval(alive), 5)
parentPort.postMessage('ready')
`,
  'asking-worker.js': `import { requestRestart } from 'exit75'; requestRestart('a worker asked')`,
}

const named = (generation: number) => (generation === 1 ? 'a' : `v${generation - 1}`)
const edit = (dir: TempDir, generation: number) =>
  (generation % 2 ? dir.write : dir.replace)('version.js', version(`v${generation}`))

type Generation = readonly [
  name: string,
  code: string,
  act: (app: Run, dir: TempDir, generation: number) => Promise<unknown>,
]

const busy = (what: string, code: string): Generation => [
  `a loop that never yields, and does ${what}`,
  `console.log('busy', generation, version)
   while (!shouldRestart()) { ${code} }
   process.exit(75)`,
  async (app, dir, generation) => {
    await app.says(`busy ${generation} ${named(generation)}`)
    edit(dir, generation)
  },
]

const GENERATIONS: readonly Generation[] = [
  busy('nothing', ''),
  busy('arithmetic', 'sum = Math.sqrt(sum + 1)'),
  busy('node:crypto', `sum += createHash('sha256').update(Buffer.alloc(1000, sum)).digest()[0]`),
  busy('synchronous files', `sum += readFileSync('version.js').length`),
  busy('a child process that is waited for', `spawnSync('sleep', ['0.5'])`),
  [
    'a loop that never yields, in a worker thread that the main thread waits for',
    `worker('busy-worker.js').on('message', (text) => console.log(text)).on('exit', () => process.exit(75))`,
    async (app, dir, generation) => {
      await app.says(`worker ${generation} ${named(generation)} false true`)
      edit(dir, generation)
    },
  ],
  [
    'restartSignal aborts with what changed, in the main thread and in a worker thread',
    `${TOLD}
     tell('main')
     const told = worker('told-worker.js', { stdout: false })
     told.on('message', () => console.log('ready', generation, version)).on('exit', () => process.exit(75))`,
    async (app, dir, generation) => {
      await app.says(`ready ${generation} ${named(generation)}`)
      edit(dir, generation)
      const path = dir.file('version.js')
      const changes = `true true RestartRequested [{"type":"modified","path":"${path}"}] the code on disk has changed: ${path}`
      const told = () => [app.count(`main ${changes}`), app.count(`worker ${changes}`)].join()
      await until('both are told, once', app.output, () => told() === '1,1')
    },
  ],
  [
    'restartSignal ends what takes a signal',
    `console.log('ready', generation, version)
     await sleep(1e9, undefined, { signal: restartSignal }).catch(() => process.exit(75))`,
    async (app, dir, generation) => {
      await app.says(`ready ${generation} ${named(generation)}`)
      edit(dir, generation)
    },
  ],
  [
    'onRestart: the last registered first, each awaited, whatever one throws',
    `onRestart(() => console.log('first'))
     onRestart(() => { throw new Error('thrown on purpose') })
     onRestart(async () => { await sleep(30); console.log('second begins'); await sleep(30); console.log('second ends') })
     onRestart(() => Promise.reject(new Error('rejected on purpose')))
     const undo = onRestart(() => console.log('undone'))
     const twice = () => console.log('twice')
     const undoOne = onRestart(twice)
     onRestart(twice)
     onRestart(() => new Promise((resolve) => setTimeout(() => { console.log('third'); resolve() }, 20).unref()))
     undo()
     undoOne()
     undoOne()
     process.on('exit', (code) => console.log('exit', code))
     console.log('ready', generation, version)
     setInterval(() => {}, 1000)`,
    async (app, dir, generation) => {
      await app.says(`ready ${generation} ${named(generation)}`)
      edit(dir, generation)
      for (const line of ['third', 'twice', 'second begins', 'second ends', 'first', 'exit 75'])
        await app.says(line)
      assert.equal(app.count('undone'), 0)
      assert.equal(app.count('twice'), 1)
      for (const how of ['rejected', 'thrown'])
        await app.says(`[exit75] a cleanup given to onRestart failed: Error: ${how} on purpose`)
    },
  ],
  [
    'onRestart: one that was undone does not end the app, one that comes late still does',
    `onRestart(() => console.log('undone'))()
     console.log('ready', generation, version)
     while (!shouldRestart()) await sleep(5)
     await sleep(50)
     console.log('still there')
     onRestart(() => console.log('late'))
     setInterval(() => {}, 1000)`,
    async (app, dir, generation) => {
      await app.says(`ready ${generation} ${named(generation)}`)
      edit(dir, generation)
      await app.says('still there')
      await app.says('late')
      assert.equal(app.count('undone'), 0)
    },
  ],
  [
    'requestRestart turns shouldRestart true, and the log says why',
    `requestRestart('the settings have changed')
     await run(version)`,
    async (app, _dir, generation) => {
      await app.says(`ready ${generation} ${named(generation)} [modified version.js]`)
      // The next one asks, too: it may be over before it was seen to be up.
      await app.says('[exit75] the settings have changed · restarted')
    },
  ],
  [
    'requestRestart without a word, before a loop that never yields',
    `console.log('ready', generation)
     requestRestart()
     while (!shouldRestart());
     process.exit(75)`,
    async (app, _dir, generation) => {
      await app.says(`ready ${generation}`)
      await app.says('[exit75] requested by the app · restarted')
    },
  ],
  [
    'requestRestart from a worker thread',
    `worker('asking-worker.js')
     await run(version)`,
    async (app, _dir, generation) => {
      await app.says(`ready ${generation} v10 []`)
      await app.says('[exit75] a worker asked · restarted in')
    },
  ],
  [
    'changes() is empty after a request',
    `console.log('changes', generation, JSON.stringify(changes()), process.env.EXIT75_CHANGES)
     await run(version)`,
    async (app, dir, generation) => {
      await app.says(`changes ${generation} [] []`)
      edit(dir, generation)
    },
  ],
  [
    'changes() is a copy, EXIT75_CHANGES says the same to any program',
    `changes().push('not this')
     console.log('changes', generation, JSON.stringify(changes()), process.env.EXIT75_CHANGES)
     await run(version)`,
    async (app, dir, generation) => {
      const path = dir.file('version.js')
      await app.says(`changes ${generation} [{"type":"modified","path":"${path}"}] [["modified","${path}"]]`)
      edit(dir, generation)
    },
  ],
  [
    'an app that was asked to restart has nothing watched any more, whatever it loads',
    `await run(version, async () => {
       console.log('asked in', process.pid)
       await import('./late/late.js')
       watch('late')
       while (!existsSync('go')) await sleep(5)
     })`,
    async (app, dir, generation) => {
      await app.says(`ready ${generation} ${named(generation)}`)
      await untilWatched(app, dir.path)
      edit(dir, generation)
      const [, pid = ''] = await app.says(/^asked in (\d+)\n/)
      await app.says(/^late\n/)
      await until('nothing is watched', app.output, () => watchesOf(Number(pid)).length === 0)
      dir.write('go', '')
    },
  ],
  [
    'nonsense is refused by name, and restartSignal keeps no process alive',
    `for (const call of [() => watch(''), () => watch(1), () => onRestart('x')])
       try { call() } catch (error) { console.log(error.name, error.message) }
     restartSignal.addEventListener('abort', () => {})`,
    async (app) => {
      await app.says('TypeError watch(...paths): expected paths, got ""')
      await app.says('TypeError watch(...paths): expected paths, got 1')
      await app.says('TypeError onRestart(cleanup): expected a function, got string')
      assert.deepEqual(await app.ended, { code: 0, signal: null })
    },
  ],
]

test('in the parent every question has its quiet answer', () => {
  const { CHILD, changes, generation, onRestart, PARENT, requestRestart, restartSignal, shouldRestart } =
    exit75
  requestRestart()
  exit75.watch('package.json')()
  onRestart(() => process.exit(9))()
  exit75.saveState(() => 'not even refused')
  assert.deepEqual(
    [PARENT, CHILD, shouldRestart(), restartSignal.aborted, changes(), generation, exit75.savedState()],
    [true, false, false, false, [], 0, undefined],
  )
})

test('with EXIT75=off every question has its quiet answer, and nothing is written', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'tmp/.keep': '',
      'app.js': `
import { readdirSync } from 'node:fs'
import * as exit75 from 'exit75'
const { CHILD, changes, generation, onRestart, PARENT, requestRestart, restartSignal, shouldRestart, watch } = exit75
requestRestart()
watch('package.json')()
onRestart(() => process.exit(9))()
exit75.saveState(() => 'not even refused')
await new Promise((resolve) => setTimeout(resolve, 50))
console.log(PARENT, CHILD, shouldRestart(), restartSignal.aborted, changes().length, generation, exit75.savedState(), readdirSync('tmp').length)
`,
    }),
  )
  const off = startApp(t, dir, { env: { EXIT75: 'off', TMPDIR: dir.file('tmp') } })
  await off.says('false false false false 0 0 undefined 1')
  assert.deepEqual(await off.ended, { code: 0, signal: null })
})

test('a program whose threads do the work restarts once their cleanups have run', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { Worker } from 'node:worker_threads'
      import { launchChild, PARENT } from 'exit75'
      if (PARENT) launchChild()
      else new Worker('./thread.mjs')`,
    'thread.mjs': `
      import { generation, onRestart } from 'exit75'
      import { version } from './version.mjs'
      const timer = setInterval(() => {}, 1000)
      onRestart(() => {
        clearInterval(timer)
        console.log('cleaned', generation)
      })
      console.log('ready', generation, version)`,
    'version.mjs': "export const version = 'a'",
  })
  const app = start(t, ['app.mjs'], { cwd: dir.path })
  await app.says('ready 1 a')
  dir.write('version.mjs', "export const version = 'b'")
  await app.says('cleaned 1')
  await app.says('ready 2 b')
})
