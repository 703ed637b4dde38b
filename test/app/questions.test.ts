/** The questions and requests of the app. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { appFiles, onlyTheNextEditCounts, startApp, untilWatched, version, WAYS } from '../helpers/app.ts'
import { watchesOf } from '../helpers/proc.ts'
import { atOnce } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

/** An entry of its own; `code` runs in the child. */
const entry = (code: string) => `
import * as exit75 from 'exit75'
import { setTimeout as sleep } from 'node:timers/promises'
import { basename } from 'node:path'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
const { changes, generation, onRestart, PARENT, requestRestart, restartSignal, shouldRestart, watch } = exit75
if (PARENT) launch()
else {
  ${code}
}
`

const BUSY: Record<string, string> = {
  nothing: '',
  arithmetic: 'sum = Math.sqrt(sum + 1)',
  'node:crypto': `sum += createHash('sha256').update(Buffer.alloc(1000, sum)).digest()[0]`,
  'synchronous files': `sum += readFileSync('version.js').length`,
  'a child process that is waited for': `spawnSync(process.execPath, ['-e', '0'])`,
}

for (const [what, code] of Object.entries(BUSY)) {
  test(`a loop that never yields, and does ${what}`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { generation, PARENT, shouldRestart } from 'exit75'
import { launch } from './kit.mjs'
import { version } from './version.js'
let sum = 0
if (PARENT) launch()
else {
  console.log('busy', generation, version)
  while (!shouldRestart()) {
    ${code}
  }
  process.exit(75)
}
`,
      }),
    )
    const app = startApp(t, dir)
    await app.says('busy 1 a')
    dir.write('version.js', version('b'))
    await app.says('busy 2 b')
    dir.replace('version.js', version('c'))
    await app.says('busy 3 c')
  })
}

test('a loop that never yields, in a worker thread, and one that the main thread waits for', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
const worker = new (await import('node:worker_threads')).Worker(new URL('./worker.js', import.meta.url))
worker.on('message', (text) => console.log(text))
worker.on('exit', () => process.exit(75))
`),
      'worker.js': `
import { parentPort } from 'node:worker_threads'
import { CHILD, generation, PARENT, shouldRestart } from 'exit75'
import { version } from './version.js'
parentPort.postMessage(['worker', generation, version, PARENT, CHILD].join(' '))
while (!shouldRestart());
`,
    }),
  )
  const app = startApp(t, dir)
  await app.says('worker 1 a false true')
  dir.write('version.js', version('b'))
  await app.says('worker 2 b false true')
})

test('restartSignal aborts with what changed, in the main thread and in a worker thread', async (t) => {
  const told = `
const tell = (where) => restartSignal.addEventListener('abort', () => {
  const { reason } = restartSignal
  const same = reason instanceof RestartRequested && reason instanceof Error
  console.log(where, shouldRestart(), same, reason.name, JSON.stringify(reason.changes), reason.message)
})`
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
const { RestartRequested } = exit75
${told}
tell('main')
const { Worker } = await import('node:worker_threads')
const worker = new Worker(new URL('./worker.js', import.meta.url), { stdout: false })
worker.on('message', () => console.log('ready', generation, version))
await new Promise((resolve) => worker.on('exit', resolve))
process.exit(75)
`),
      'worker.js': `
import { parentPort } from 'node:worker_threads'
import { RestartRequested, restartSignal, shouldRestart } from 'exit75'
${told}
tell('worker')
restartSignal.addEventListener('abort', () => setTimeout(() => {}, 20))
const alive = setInterval(() => restartSignal.aborted && clearInterval(alive), 5)
parentPort.postMessage('ready')
`,
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a')
  dir.write('version.js', version('b'))
  const path = dir.file('version.js')
  const changes = `true true RestartRequested [{"type":"modified","path":"${path}"}] the code on disk has changed: ${path}`
  await app.says('ready 2 b')
  assert.equal(app.count(`main ${changes}`), 1, app.output())
  assert.equal(app.count(`worker ${changes}`), 1, app.output())
})

test('restartSignal ends what takes a signal, and does not keep the process alive', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
console.log('ready', generation, version)
restartSignal.addEventListener('abort', () => {})
if (generation === 1) await sleep(1e9, undefined, { signal: restartSignal }).catch(() => process.exit(75))
`),
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a')
  dir.write('version.js', version('b'))
  await app.says('ready 2 b')
  assert.deepEqual(await app.ended, { code: 0, signal: null })
})

test('onRestart: the last registered first, each awaited, whatever one throws', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
onRestart(() => console.log('first'))
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
setInterval(() => {}, 1000)
`),
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a')
  dir.write('version.js', version('b'))
  for (const line of ['third', 'twice', 'second begins', 'second ends', 'first', 'exit 75'])
    await app.says(line)
  await app.says('ready 2 b')
  assert.equal(app.count('undone'), 0)
  assert.equal(app.count('twice'), 1)
  assert.match(app.output(), /\[exit75\] a cleanup given to onRestart failed: Error: thrown on purpose/)
  assert.match(app.output(), /\[exit75\] a cleanup given to onRestart failed: Error: rejected on purpose/)
})

test('onRestart: one that was undone does not end the app, one that comes late still does', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
if (generation === 1) {
  onRestart(() => console.log('undone'))()
  console.log('ready', generation, version)
  while (!shouldRestart()) await sleep(5)
  await sleep(50)
  console.log('still there')
  onRestart(() => console.log('late'))
  setInterval(() => {}, 1000)
} else await run(version)
`),
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a')
  dir.write('version.js', version('b'))
  await app.says('still there')
  await app.says('late')
  await app.says('ready 2 b [modified version.js]')
  assert.equal(app.count('undone'), 0)
})

test('requestRestart turns shouldRestart true, and the log says why', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
if (generation === 1) requestRestart('the settings have changed')
if (generation === 2) requestRestart()
await run(version)
`),
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  await app.says('[exit75] the settings have changed · restarted in')
  await app.says('ready 2 a []')
  await app.says('[exit75] requested by the app · restarted in')
  await app.says('ready 3 a []')
  await onlyTheNextEditCounts(app, dir, 4)
})

test('requestRestart from a worker thread, and before a loop that never yields', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
console.log('ready', generation, version)
if (generation === 1) {
  requestRestart()
  while (!shouldRestart());
  process.exit(75)
}
const { Worker } = await import('node:worker_threads')
if (generation === 2) new Worker(new URL('./worker.js', import.meta.url))
await run(version)
`),
      'worker.js': `import { requestRestart } from 'exit75'; requestRestart('a worker asked')`,
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a')
  await app.says('ready 2 a')
  await app.says('[exit75] a worker asked · restarted in')
  await app.says('ready 3 a')
})

test('changes() is a copy, EXIT75_CHANGES says the same to any program', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
changes().push('not this')
console.log('changes', generation, JSON.stringify(changes()), process.env.EXIT75_CHANGES)
await run(version)
`),
    }),
  )
  const app = startApp(t, dir)
  const path = dir.file('version.js')
  await app.says('changes 1 [] []')
  await app.says('ready 1 a')
  dir.write('version.js', version('b'))
  await app.says(`changes 2 [{"type":"modified","path":"${path}"}] [["modified","${path}"]]`)
  await app.says('ready 2 b')
})

for (const { by, options } of WAYS) {
  test(`${by}: watch() for a file, one that is not there yet, and a directory`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': entry(`
const undo = watch('template.html', 'later/on/.env', 'data')
watch('empty.flag')
process.chdir('/')
await run(version, () => generation > 100 && undo())
`),
        'template.html': 'one',
        'data/deep/er/old.txt': 'one',
      }),
    )
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    dir.write('template.html', 'two')
    await app.says('ready 2 a [modified template.html]')
    dir.write('later/on/other.txt', 'not watched')
    dir.write('later/on/.env', 'A=1')
    await app.says('ready 3 a [added .env]')
    atOnce(app, () => dir.replace('later/on/.env', 'A=2'))
    await app.says('ready 4 a [modified .env]')
    dir.write('data/deep/er/old.txt', 'two')
    await app.says('ready 5 a [modified old.txt]')
    dir.write('data/new.txt', 'one')
    await app.says('ready 6 a [added new.txt]')
    dir.write('data/new/directory/below/new.txt', 'one')
    await app.says('ready 7 a [added new.txt]')
    atOnce(app, () => dir.replace('data/new/directory/below/new.txt', 'two'))
    await app.says(/ready 8 a \[.*modified new.txt.*\]/)
    dir.remove('data/new/directory')
    await app.says('ready 9 a [deleted new.txt]')
    dir.write('empty.flag', '')
    await app.says('ready 10 a [added empty.flag]')
    dir.remove('empty.flag')
    await app.says('ready 11 a [deleted empty.flag]')
    await onlyTheNextEditCounts(app, dir, 12)
  })

  test(`${by}: watch() undone: what others named, or what was loaded, stays watched`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': entry(`
const undo = watch('one.txt', 'data', 'version.js')
watch('data/two.txt')
undo()
undo()
await sleep(20)
await run(version)
`),
        'one.txt': 'one',
        'data/two.txt': 'one',
        'data/three.txt': 'one',
      }),
    )
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    dir.write('one.txt', 'two')
    dir.write('data/three.txt', 'two')
    dir.write('data/new.txt', 'two')
    await sleep(150)
    await onlyTheNextEditCounts(app, dir, 2)
    dir.write('data/two.txt', 'two')
    await app.says('ready 3 last2 [modified two.txt]')
  })

  test(`${by}: what is named and loaded is treated as loaded, in whatever order`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': entry(`
watch('.')
const late = await import('./late.js')
await run(version + late.version)
`),
        'late.js': version('x'),
        '.gitignore': '',
      }),
    )
    const app = startApp(t, dir, { options })
    await app.says('ready 1 ax []')
    for (const [at, name] of ['version.js', 'late.js'].entries()) {
      dir.write(name, 'export const version =')
      await app.says(`[exit75] ${name}:1 does not parse`)
      dir.write(name, version(`y${at}`))
      await app.says(`ready ${at + 2} ${['y0x', 'y0y1'][at]} [modified ${name}]`)
    }
  })
}

test('a change in what is watched is not lost between watch() and the thread that does it', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
const { writeFileSync } = process.getBuiltinModule('node:fs')
watch('data', 'file.txt')
if (generation === 1) writeFileSync('file.txt', 'two')
if (generation === 2) writeFileSync('data/one.txt', 'two')
if (generation === 3) writeFileSync('data/new.txt', 'two')
await run(version)
`),
      'file.txt': 'one',
      'data/one.txt': 'one',
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 2 a [modified file.txt]')
  await app.says('ready 3 a [modified one.txt]')
  await app.says('ready 4 a [added new.txt]')
})

test("a change in what was watched for a moment is nobody's", async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
const { writeFileSync } = process.getBuiltinModule('node:fs')
const undo = watch('data')
writeFileSync('data/one.txt', 'two' + generation)
writeFileSync('data/new.txt', 'two' + generation)
undo()
await run(version)
`),
      'data/one.txt': 'one',
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  await sleep(150)
  await onlyTheNextEditCounts(app, dir)
})

test('what was loaded keeps its state when a directory above it is named later', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
console.log('loaded', version)
while (generation === 1 && !(await import('node:fs')).existsSync('go')) await sleep(5)
watch('.')
await run(version)
`),
    }),
  )
  const app = startApp(t, dir)
  await app.says('loaded a')
  dir.write('version.js', 'export const version =')
  await app.says('[exit75] version.js:1 does not parse')
  dir.write('go', '')
  await app.says('ready 1 a []')
  dir.write('version.js', version('a'))
  await app.says('[exit75] version.js is back to the loaded version')
  await onlyTheNextEditCounts(app, dir)
})

test('an edit that has not settled is not forgotten when a directory above it is named', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
console.log('loaded', version)
while (generation === 1 && !(await import('node:fs')).existsSync('go')) await sleep(5)
watch('.')
await run(version)
`),
    }),
  )
  const app = startApp(t, dir, { options: { settle: 300 } })
  await app.says('loaded a')
  dir.write('version.js', version('b'))
  dir.write('go', '')
  await app.says('ready 2 b [modified version.js]')
})

test('an app that was asked to restart has nothing watched any more, whatever it loads', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
await run(version, async () => {
  console.log('asked in', process.pid)
  await import('./late/late.js')
  watch('late')
  while (!existsSync('go')) await sleep(5)
})
`).replace('\n', "\nimport { existsSync } from 'node:fs'\n"),
      'late/late.js': "console.log('late')\n",
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  await untilWatched(app, dir.path)
  dir.write('version.js', version('b'))
  const [, pid = ''] = await app.says(/^asked in (\d+)\n/)
  await app.says('late')
  await until('nothing is watched', app.output, () => watchesOf(Number(pid)).length === 0)
  dir.write('go', '')
  await app.says('ready 2 b [modified version.js]')
})

test('watch() and onRestart() refuse nonsense by name', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(`
for (const call of [() => watch(''), () => watch(1), () => onRestart('x')])
  try { call() } catch (error) { console.log(error.name, error.message) }
`),
    }),
  )
  const app = startApp(t, dir)
  await app.says('TypeError watch(...paths): expected paths, got ""')
  await app.says('TypeError watch(...paths): expected paths, got 1')
  await app.says('TypeError onRestart(cleanup): expected a function, got string')
  assert.deepEqual(await app.ended, { code: 0, signal: null })
})

test('in the parent, and with EXIT75=off, every question has its quiet answer', async (t) => {
  const asked = `
import * as exit75 from 'exit75'
const { CHILD, changes, generation, onRestart, PARENT, requestRestart, restartSignal, shouldRestart, watch } = exit75
requestRestart()
watch('package.json')()
onRestart(() => process.exit(9))()
await new Promise((resolve) => setTimeout(resolve, 50))
console.log(PARENT, CHILD, shouldRestart(), restartSignal.aborted, changes().length, generation)
`
  const dir = tempDir(t, appFiles({ 'app.js': asked }))
  const parent = startApp(t, dir)
  await parent.says('true false false false 0 0')
  assert.deepEqual(await parent.ended, { code: 0, signal: null })
  const off = startApp(t, dir, { env: { EXIT75: 'off' } })
  await off.says('false false false false 0 0')
  assert.deepEqual(await off.ended, { code: 0, signal: null })
})
