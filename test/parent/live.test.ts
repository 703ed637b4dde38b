import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn } from '../helpers/in-turn.ts'
import { openFiles, stateOf, threadsOf } from '../helpers/proc.ts'
import { descendants, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

/** More of them in the long runs of the world. */
const RESTARTS = Number(process.env.EXIT75_LOAD ?? 3)

function app(t: Test, child = ''): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { PARENT, changes, generation, launchChild, shouldRestart } from 'exit75'
      import './version.mjs'
      if (PARENT) {
        launchChild()
        setImmediate(() => console.log('listens')) // to signals
        process.on('SIGPWR', () => { void process.stdout; console.log('parent', JSON.stringify({
          listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
          handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout' && name !== 'Immediate').sort(),
          heap: (globalThis.gc(), process.memoryUsage().heapUsed),
        })) })
      } else {
        setInterval(() => { if (shouldRestart()) process.exit(75) }, 1)
        ${child}
        console.log('ready', generation, process.pid, JSON.stringify(changes()), process.env.EXIT75_CHANGES)
      }`,
    'version.mjs': '// 1',
  })
}

test('why it restarts is told to the user, and to the next child', async (t) => {
  const dir = app(t, 'if (generation === 1) process.exit(75)')
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  await inTurn(t, [
    ['exit 75 without a reason', () => run.says('[exit75] the app exited with 75 · restarted in')],
    [
      'a change, in both forms',
      async () => {
        await run.says('ready 2')
        dir.write('version.mjs', '// 2')
        const path = dir.file('version.mjs')
        const [, told, variable] = await run.says(/ready 3 \d+ (\[.+?\]) (\[.+\])$/)
        assert.deepEqual(JSON.parse(told as string), [{ type: 'modified', path }])
        assert.deepEqual(JSON.parse(variable as string), [['modified', path]])
      },
    ],
    [
      'SIGUSR2 to the parent: no change is behind it',
      async () => {
        run.signal('SIGUSR2')
        await run.says('[exit75] SIGUSR2 · restarted in')
        await run.says(/ready 4 \d+ \[\] \[\]/)
      },
    ],
  ])
})

test('SIGUSR2 as soon as there is a child restarts it, once, whatever it is doing', async (t) => {
  const run = start(t, ['app.mjs'], { cwd: app(t).path, env: { EXIT75_STANDBY: '0' } })
  await run.says('listens')
  await until('there is a child', run.output, () => descendants(run.pid).length > 0)
  for (const generation of [2, 3]) {
    run.signal('SIGUSR2')
    await run.says(`ready ${generation}`)
    await run.says('[exit75] SIGUSR2 · restarted in') // before: it may end unseen, and the line has no time
  }
  assert.equal(run.count('[exit75] SIGUSR2 · restarted in'), 2)
})

for (const standby of [true, false])
  test(`requestRestart() in the parent asks the child, or launches one, ${standby ? 'with' : 'without'} a standby`, async (t) => {
    const dir = tempDir(t, {
      'app.mjs': `
        import { createInterface } from 'node:readline'
        import { PARENT, generation, launchChild, requestRestart, shouldRestart } from 'exit75'
        if (PARENT) {
          requestRestart('too early')
          launchChild({ onCrash: 'wait', onExit: 'wait', standby: ${standby} })
          createInterface(process.stdin).on('line', (why) => requestRestart(why || undefined)).on('close', () => process.exit())
        } else {
          process.on('SIGPWR', () => process.exit(generation % 2))
          setInterval(() => { if (shouldRestart()) process.exit(75) }, 1)
          console.log('ready', generation, process.pid)
        }`,
    })
    const run = start(t, ['app.mjs'], { cwd: dir.path })
    const ask = async (why: string, next: number) => {
      run.type(`${why}\n`)
      await run.says(`[exit75] ${why || 'requested by the parent'} · restarted in`)
      return Number((await run.says(new RegExp(`^ready ${next} (\\d+)`)))[1])
    }
    run.type('as it starts\n')
    await run.says('[exit75] as it starts · restarted in')
    await run.says('ready 2')
    await ask('', 3)
    const pid = await ask('the settings have changed', 4)
    process.kill(pid, 'SIGPWR')
    await run.says('[exit75] the app exited with 0 · waiting for a change')
    const other = await ask('after an end', 5)
    process.kill(other, 'SIGPWR')
    await run.says('[exit75] the app exited with 1 · waiting for a change')
    await ask('after a crash', 6)
    assert.equal(run.count(/restarted in/), 5, run.output())
  })

test(`${RESTARTS} restarts leave no descriptor, listener, thread or memory in the parent, and no zombie`, async (t) => {
  const dir = app(t)
  const run = start(t, ['app.mjs'], { cwd: dir.path, flags: ['--expose-gc'] })
  let generation = 1

  const restart = async () => {
    await run.says(`ready ${generation}`)
    generation += 1
    dir.write('version.mjs', `// version ${generation}`)
  }
  /** At rest: the child, the standby, and nothing else. */
  const measure = async () => {
    await run.says(`ready ${generation}`)
    const family = await until('child and standby are there', run.output, () => {
      const all = descendants(run.pid)
      return all.length === 2 && all
    })
    run.process.kill('SIGPWR')
    const [, json] = await run.says(/^parent (.*)\n/)
    const states = family.map(stateOf).filter((state) => state === 'Z')
    return {
      ...JSON.parse(json as string),
      files: openFiles(run.pid),
      threads: threadsOf(run.pid),
      zombies: states,
    }
  }

  for (let n = 0; n < 2; n += 1) await restart()
  const { heap: heapBefore, ...before } = await measure()
  generation += 1
  dir.write('version.mjs', `// version ${generation}`)
  for (let n = 0; n < RESTARTS; n += 1) await restart()
  const { heap: heapAfter, ...after } = await measure()
  assert.deepEqual(after, before)
  assert.deepEqual(after.zombies, [])
  assert.ok(heapAfter - heapBefore < 1_000_000, `${heapAfter - heapBefore} bytes more`)
  assert.equal(run.count(/\(node:\d+\)/), 0, run.output())
})
