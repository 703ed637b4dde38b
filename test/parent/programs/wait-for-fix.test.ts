import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { instants } from '../../helpers/instants.ts'
import { ticksOf } from '../../helpers/proc.ts'
import { descendants, type Run, start } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

const PARENT = `
  import { PARENT, launchChild } from 'exit75'
  if (PARENT) launchChild({ onCrash: 'wait' })
  else await import('./main.mjs')`

const GOOD = "console.log('runs well'); setInterval(() => {}, 1000)"

const begin = (t: Test, files: Record<string, string>): [TempDir, Run] => {
  const dir = tempDir(t, { 'app.mjs': PARENT, ...files })
  return [dir, start(t, ['app.mjs'], { cwd: dir.path })]
}

/** Both processes at rest: nothing runs, nothing is tried again. */
async function isAtRest(run: Run): Promise<void> {
  const before = ticksOf(run.pid)
  await sleep(1000)
  assert.ok(ticksOf(run.pid) - before <= 3, `${ticksOf(run.pid) - before} ticks in a second`)
  assert.deepEqual(descendants(run.pid), [])
}

const CRASHED = '[exit75] the app exited with 1 · waiting for a change'

for (const [what, files, fix] of [
  ['a syntax error on the very first start', { 'main.mjs': 'this is not ( JavaScript' }, ['main.mjs', GOOD]],
  [
    'a syntax error in what a module imports',
    { 'main.mjs': "import './part.mjs'", 'part.mjs': 'const = 1' },
    ['part.mjs', GOOD],
  ],
  ['a throw at import', { 'main.mjs': "throw new Error('no')" }, ['main.mjs', GOOD]],
  ['a throw later', { 'main.mjs': "setTimeout(() => { throw new Error('no') }, 100)" }, ['main.mjs', GOOD]],
  [
    'an unhandled rejection',
    { 'main.mjs': "setTimeout(() => Promise.reject(new Error('no')), 50)" },
    ['main.mjs', GOOD],
  ],
  ['process.exit(1)', { 'main.mjs': 'process.exit(1)' }, ['main.mjs', GOOD]],
  [
    'a missing import, deep in the tree, which is then created',
    {
      'main.mjs': "import './a/b.mjs'",
      'a/b.mjs': "import './c/d.mjs'",
      'a/c/d.mjs': "import '../../e/f/g.mjs'",
    },
    ['e/f/g.mjs', GOOD],
  ],
  [
    'a missing import, which is then taken out',
    { 'main.mjs': "import './a/b.mjs'", 'a/b.mjs': "import './missing.mjs'" },
    ['a/b.mjs', GOOD],
  ],
  [
    'a missing require, which is then created',
    { 'main.mjs': "import './a/b.cjs'", 'a/b.cjs': "require('./c/d')" },
    ['a/c/d.js', GOOD],
  ],
  [
    'a missing export, added to the other file',
    { 'main.mjs': "import { go } from './part.mjs'; go()", 'part.mjs': 'export const stop = 1' },
    ['part.mjs', `export const go = () => { ${GOOD} }`],
  ],
  [
    'JSON that does not parse',
    { 'main.mjs': "import './part.cjs'", 'part.cjs': `require('./data.json'); ${GOOD}`, 'data.json': '{' },
    ['data.json', '{}'],
  ],
] as const) {
  test(`${what}: one message, rest, and the fix is launched`, async (t) => {
    const [dir, run] = begin(t, files)
    await run.says(CRASHED)
    await isAtRest(run)
    dir.write(...(fix as readonly [string, string] as [string, string]))
    await run.says('runs well')
    await run.says(/\[exit75\] .* · restarted in/)
    assert.equal(run.count(CRASHED), 1)
    assert.equal(run.count(/^\[exit75\] (?!\d+ ms )/), 2, run.output())
  })
}

test('a syntax error in the entry itself can only be met later: it waits, and the fix is launched', async (t) => {
  const [dir, run] = begin(t, {
    'main.mjs':
      "process.on('SIGUSR1', () => process.exit(75)); console.log('ready', process.pid); setInterval(() => {}, 1000)",
  })
  const [, pid] = await run.says(/ready (\d+)/)
  dir.write('app.mjs', `${PARENT} (`)
  await run.says('[exit75] app.mjs')
  process.kill(Number(pid), 'SIGUSR1')
  await run.says(CRASHED)
  dir.write('app.mjs', `${PARENT}; console.log('entry again')`)
  await run.says('entry again')
})

test('a SIGKILL from outside: one message, and a save launches again', async (t) => {
  const [dir, run] = begin(t, {
    'main.mjs': "console.log('ready', process.pid); setInterval(() => {}, 1000)",
  })
  const [, pid] = await run.says(/ready (\d+)/)
  process.kill(Number(pid), 'SIGKILL')
  await run.says('[exit75] the app was killed by SIGKILL · waiting for a change')
  await isAtRest(run)
  dir.write('main.mjs', GOOD)
  await run.says('runs well')
})

test('a SIGKILL at any instant of the boot: a save of the entry launches again', async (t) => {
  for (const delay of instants(t, 60)) {
    const [dir, run] = begin(t, { 'main.mjs': GOOD })
    const pid = await new Promise<number>((resolve) => {
      const look = setInterval(() => {
        const [first] = descendants(run.pid)
        if (first === undefined) return
        clearInterval(look)
        resolve(first)
      }, 1)
    })
    await sleep(delay)
    process.kill(pid, 'SIGKILL')
    await run.says('[exit75] the app was killed by SIGKILL · waiting for a change')
    dir.write('app.mjs', `console.log('saved'); ${PARENT}`)
    await run.says('saved')
    run.signal('SIGTERM')
    await run.ended
  }
})

test('crash, fix, crash, fix: each is waited for', async (t) => {
  const [dir, run] = begin(t, { 'main.mjs': "throw new Error('no 0')" })
  for (let round = 1; round <= 3; round += 1) {
    await run.says(CRASHED)
    dir.write('main.mjs', `// ${round}\nthrow new Error('no ${round}')`)
    await run.says(`[exit75] main.mjs changed · restarted in`)
  }
  await run.says(CRASHED)
  dir.replace('main.mjs', GOOD)
  await run.says('runs well')
  assert.equal(run.count(CRASHED), 4)
})

test('a save between the crash and the wait is not lost', async (t) => {
  const [, run] = begin(t, {
    'main.mjs': `
      import { readFileSync, writeFileSync } from 'node:fs'
      import { fileURLToPath } from 'node:url'
      const path = fileURLToPath(import.meta.url)
      process.on('exit', () => writeFileSync(path, ${JSON.stringify(GOOD)}))
      throw new Error('no')`,
  })
  // Whether it had to wait, or saw at once that the code it crashed on is not the code on disk.
  await run.says('runs well')
})

for (const [signal, status] of [
  ['SIGINT', { code: null, signal: 'SIGINT' }],
  ['SIGTERM', { code: null, signal: 'SIGTERM' }],
  ['SIGHUP', { code: null, signal: 'SIGHUP' }],
] as const) {
  test(`${signal} while waiting ends by it`, async (t) => {
    const [, run] = begin(t, { 'main.mjs': "throw new Error('no')" })
    await run.says(CRASHED)
    run.signal(signal)
    assert.deepEqual(await run.ended, status)
  })
}

test('SIGUSR2 while waiting launches again as it is', async (t) => {
  const [, run] = begin(t, { 'main.mjs': "throw new Error('no')" })
  await run.says(CRASHED)
  run.signal('SIGUSR2')
  await run.says('[exit75] SIGUSR2 · restarted in')
  await run.says(CRASHED)
})

test('exit 0 is no crash', async (t) => {
  const [, run] = begin(t, { 'main.mjs': "console.log('done')" })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
})
