import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { receiveSignals } from '../../../src/parent/signals.ts'
import { startCli } from '../../helpers/cli.ts'
import { turns } from '../../helpers/in-turn.ts'
import { instants } from '../../helpers/instants.ts'
import { ticksOf } from '../../helpers/proc.ts'
import { descendants, type Run, start } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

const PARENT = `
  import { PARENT, launchChild } from 'exit75'
  if (PARENT) launchChild({ onCrash: 'wait' })
  else await import('./main.mjs')`

const GOOD = "console.log('runs well')"

/** Each of them crashes in a folder of its own, until one file of it is written as stands here. */
const CRASHES: Record<string, { files: Record<string, string>; fix: [name: string, text: string] }> = {
  'a syntax error on the very first start': {
    files: { 'main.mjs': 'this is not ( JavaScript' },
    fix: ['main.mjs', GOOD],
  },
  'a syntax error in what a module imports': {
    files: { 'main.mjs': "import './part.mjs'", 'part.mjs': 'const = 1' },
    fix: ['part.mjs', GOOD],
  },
  'a throw at import': { files: { 'main.mjs': "throw new Error('no')" }, fix: ['main.mjs', GOOD] },
  'a throw later': {
    files: { 'main.mjs': "export const isLast = true; setTimeout(() => { throw new Error('no') }, 100)" },
    fix: ['main.mjs', GOOD],
  },
  'an unhandled rejection': {
    files: {
      'main.mjs': "export const isLast = true; setTimeout(() => Promise.reject(new Error('no')), 50)",
    },
    fix: ['main.mjs', GOOD],
  },
  'process.exit(1)': { files: { 'main.mjs': 'process.exit(1)' }, fix: ['main.mjs', GOOD] },
  'a missing import, deep in the tree, which is then created': {
    files: {
      'main.mjs': "import './a/b.mjs'",
      'a/b.mjs': "import './c/d.mjs'",
      'a/c/d.mjs': "import '../../e/f/g.mjs'",
    },
    fix: ['e/f/g.mjs', GOOD],
  },
  'a missing import, which is then taken out': {
    files: { 'main.mjs': "import './a/b.mjs'", 'a/b.mjs': "import './missing.mjs'" },
    fix: ['a/b.mjs', GOOD],
  },
  'a missing require, which is then created': {
    files: { 'main.mjs': "import './a/b.cjs'", 'a/b.cjs': "require('./c/d')" },
    fix: ['a/c/d.js', GOOD],
  },
  'a missing export, added to the other file': {
    files: { 'main.mjs': "import { go } from './part.mjs'; go()", 'part.mjs': 'export const stop = 1' },
    fix: ['part.mjs', `export const go = () => { ${GOOD} }`],
  },
  'JSON that does not parse': {
    files: {
      'main.mjs': "import './part.cjs'",
      'part.cjs': `require('./data.json'); ${GOOD}`,
      'data.json': '{',
    },
    fix: ['data.json', '{}'],
  },
}

/** Loads one after the other, up to the first that crashes, and then stays; SIGUSR1 makes it exit with 75. */
const MAIN = `
  for (const folder of ${JSON.stringify(Object.keys(CRASHES).map((_, at) => folderOf(at)))})
    if ((await import('./' + folder + '/main.mjs')).isLast) await new Promise(() => {})
  await import('./last.mjs')`
const LAST = `
  process.on('SIGUSR1', () => process.exit(75))
  console.log('ready', process.pid)
  setInterval(() => {}, 1000)`

const CRASHED = '[exit75] the app exited with 1 · waiting for a change'
const KILLED = '[exit75] the app was killed by SIGKILL · waiting for a change'

test('after a crash it waits, and launches what is saved', async (t) => {
  const all = Object.values(CRASHES).flatMap(({ files }, at) =>
    Object.entries(files).map(([name, text]) => [`${folderOf(at)}/${name}`, text]),
  )
  const [dir, run] = begin(t, { 'main.mjs': MAIN, 'last.mjs': LAST, ...Object.fromEntries(all) })
  let said = 0
  const next = turns(t)

  for (const [at, [what, { fix }]] of Object.entries(CRASHES).entries()) {
    await next(`${what}: one message, rest, and the fix is launched`, async () => {
      await run.says(CRASHED)
      await isAtRest(run)
      assert.equal(run.count(/^\[exit75\] (?!\d+ ms )(?!.* · restarting$)/), said + 1, run.output())
      const path = `${folderOf(at)}/${fix[0]}`
      dir.write(path, fix[1])
      await run.says(new RegExp(`^\\[exit75\\] ${path} (changed|added) · restarted`))
      said += 2
    })
  }

  let pid = 0
  const isReady = async () => Number((await run.says(/^ready (\d+)/))[1])
  const kill = async (pid: number) => {
    process.kill(pid, 'SIGKILL')
    await run.says(KILLED)
  }

  await next('a SIGKILL from outside: one message, rest, and a save launches again', async () => {
    await kill(await isReady())
    await isAtRest(run)
    dir.replace('last.mjs', `${LAST} // saved`)
  })

  await next('SIGUSR2 launches again as it is', async () => {
    await kill(await isReady())
    run.signal('SIGUSR2')
    await run.says('[exit75] SIGUSR2 · restarted in')
  })

  await next('a syntax error in the entry can only be met later, and its fix is launched', async () => {
    pid = await isReady()
    dir.write('app.mjs', `${PARENT} (`)
    await run.says('[exit75] app.mjs')
    process.kill(pid, 'SIGUSR1')
    await run.says(CRASHED)
    dir.write('app.mjs', `${PARENT}; console.log('entry again')`)
    pid = await isReady()
    await run.says('entry again')
  })

  await next('a save between the crash and the wait is not lost', async () => {
    await kill(pid)
    dir.write(
      'last.mjs',
      `import { writeFileSync } from 'node:fs'
       const path = ${JSON.stringify(dir.file('last.mjs'))}
       process.on('exit', () => writeFileSync(path, ${JSON.stringify(LAST)}))
       throw new Error('no')`,
    )
    // Whether it had to wait, or saw at once that the code it crashed on is not the code on disk.
    await kill(await isReady())
  })

  await next('SIGTERM ends by it', async () => {
    run.signal('SIGTERM')
    assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
  })
})

test('a SIGKILL at any instant of the boot: a save of the entry launches again', async (t) => {
  const [dir, run] = begin(t, { 'main.mjs': 'setInterval(() => {}, 1000)' })
  const launched = () => until('it is launched', run.output, () => descendants(run.pid)[0])
  for (const delay of instants(t, 60, 5)) {
    const pid = await launched()
    await sleep(delay)
    process.kill(pid, 'SIGKILL')
    await run.says(KILLED)
    assert.deepEqual(descendants(run.pid), [])
    dir.write('app.mjs', `console.log('saved'); ${PARENT} // ${delay}`)
  }
  await run.says('saved')
})

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
  test(`${name} while nothing runs is what the wait ends by, and it is kept`, async (t) => {
    const signals = receiveSignals('app')
    t.after(signals.close)
    const next = signals.next()
    process.emit(name, name)
    assert.equal(await next, name)
    assert.equal(signals.pending(), name)
  })
}

function begin(t: Test, files: Record<string, string>): [TempDir, Run] {
  const dir = tempDir(t, { 'app.mjs': PARENT, ...files })
  return [dir, start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })]
}

/** Both processes at rest: nothing runs, nothing is tried again. */
async function isAtRest(run: Run): Promise<void> {
  // Of a wait that never rests nothing else shows; on a slow machine it takes its time to begin.
  await until('it is at rest', run.output, async () => {
    const before = ticksOf(run.pid)
    await sleep(300)
    return ticksOf(run.pid) - before <= 2
  })
  assert.deepEqual(descendants(run.pid), [])
}

/** Of one of the crashes. */
function folderOf(at: number): string {
  return `crash-${at}`
}

/** A program that ends for want of a variable, by which flag its file is named, and how it waits. */
const ENDS =
  "if (process.env.WORD === undefined) process.exit(Number(process.argv[2]))\nconsole.log('it is', process.env.WORD)"
for (const code of [1, 0]) {
  for (const [flag, first] of [
    ['--env-file', 'OTHER=1'],
    ['--env-file-if-exists', undefined],
  ] as const) {
    const skip =
      first === undefined && process.version.startsWith('v20.') ? 'Node 20 has no such flag' : false
    test(`after an exit with ${code}, the file of ${flag} gives the variable`, { skip }, async (t) => {
      const dir = tempDir(t, { 'app.mjs': ENDS, ...(first && { '.env': first }) })
      const flags = ['--on-crash', 'wait', '--on-exit', 'wait', `${flag}=.env`]
      const run = startCli(t, [...flags, 'app.mjs', String(code)], { cwd: dir.path })
      await run.says(/exited with \d · waiting for a change/)
      dir.write('.env', 'WORD=one')
      await run.says('it is one')
    })
  }
}
