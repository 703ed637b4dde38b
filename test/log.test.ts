import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe, duration, shown } from '../src/log.ts'
import { atOnce, start } from './helpers/start.ts'
import { type TempDir, tempDir } from './helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

const changed = (...paths: string[]) => paths.map((path) => ({ type: 'modified', path }) as const)

test('files are named as seen from here, three at most', () => {
  const here = (name: string) => `${process.cwd()}/${name}`
  assert.equal(describe(changed(here('src/app.ts'))), 'src/app.ts changed')
  assert.equal(describe([{ type: 'deleted', path: here('a.ts') }]), 'a.ts deleted')
  assert.equal(describe([{ type: 'added', path: here('a.ts') }]), 'a.ts added')
  assert.equal(describe(changed(here('a'), here('b'), here('c'))), 'a, b, c changed')
  const many = Array.from({ length: 15 }, (_, n) => here(`${n}.ts`))
  assert.equal(describe(changed(...many)), '0.ts, 1.ts, 2.ts and 12 more changed')
  assert.equal(shown('/x'), '/x')
})

test('durations', () => {
  assert.deepEqual([0.4, 14.2, 999, 1000, 3210].map(duration), ['0 ms', '14 ms', '999 ms', '1.0 s', '3.2 s'])
})

/** Fifteen modules; the child restarts when asked, and crashes on SIGUSR1. */
function app(t: Test, options = ''): TempDir {
  const modules = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`src/m${n}.mjs`, '// 1']))
  return tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
      ${Object.keys(modules)
        .map((name) => `import './${name}'`)
        .join('\n')}
      if (PARENT) launchChild({ onCrash: 'wait', ${options} })
      else {
        process.on('SIGUSR1', () => process.exit(5))
        setInterval(() => { if (shouldRestart()) process.exit(75) }, 5)
        console.log(\`ready \${generation} \${process.pid}\`)
      }`,
    ...modules,
  })
}

/** What was said on stderr. */
function stderrOf(run: ReturnType<typeof start>): () => string {
  let text = ''
  run.process.stderr?.on('data', (chunk: string) => (text += chunk))
  return () => text
}

test('what changed, what happens, how long it took, on stderr', async (t) => {
  const dir = app(t)
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  const stderr = stderrOf(run)
  await run.says('ready 1')
  dir.write('src/m3.mjs', '// 2')
  await run.says(/^\[exit75\] src\/m3\.mjs changed · restarted in [\d.]+ m?s\n/)
  await run.says('ready 2')
  atOnce(run, () => {
    for (let n = 0; n < 15; n += 1) dir.write(`src/m${n}.mjs`, '// 3')
  })
  await run.says(
    /^\[exit75\] (src\/m\d+\.mjs, ){2}src\/m\d+\.mjs and 12 more changed · restarted in [\d.]+ m?s\n/,
  )
  await run.says('ready 3')
  assert.equal(stderr().match(/\[exit75\]/g)?.length, 2)
  assert.equal(run.count('[exit75]'), 2, 'none on stdout')
  assert.ok(!run.output().includes('\x1b'), 'no colour in a pipe')
})

for (const [env, colored] of [
  [{ FORCE_COLOR: '1' }, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  [{ FORCE_COLOR: '0' }, false],
  [{ NO_COLOR: '1' }, false],
  [{ NO_COLOR: '' }, false],
] as const) {
  test(`${JSON.stringify(env)}: ${colored ? 'colour' : 'no colour'} in a pipe`, async (t) => {
    const run = start(t, ['app.mjs'], { cwd: app(t).path, env, flags: ['--no-warnings'] })
    await run.says('ready 1')
    run.signal('SIGUSR2')
    await run.says(/SIGUSR2 · restarted in/)
    assert.equal(run.output().includes('\x1b[36m[exit75]\x1b[39m SIGUSR2'), colored)
    assert.equal(run.output().includes('\x1b'), colored)
  })
}

test('EXIT75_LOG=silent: not a word, whatever the option says', async (t) => {
  const dir = app(t, "log: 'debug'")
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'silent' } })
  await run.says('ready 1')
  dir.write('src/m1.mjs', '// 2')
  const [, pid] = await run.says(/ready 2 (\d+)/)
  dir.write('src/m1.mjs', 'not ( JavaScript')
  process.kill(Number(pid), 'SIGUSR1')
  // The presence that proves the absence: the next child after all of it.
  dir.write('src/m1.mjs', '// 3')
  await run.says(/ready [34]/) // the third may have met the code that does not parse
  assert.equal(run.count(/\[exit75\]/), 0, run.output())
})

test('EXIT75_LOG=debug: every decision, at once', async (t) => {
  const run = start(t, ['app.mjs'], { cwd: app(t).path, env: { EXIT75_LOG: 'debug' } })
  await run.says('[exit75] generation 1 is process')
  await run.says('ready 1')
  run.signal('SIGUSR2')
  await run.says('[exit75] SIGUSR2 · asking the app to exit')
  await run.says('[exit75] generation 1 ended with 75')
  await run.says('[exit75] generation 2 is process')
})

test("log: 'silent' is overridden by EXIT75_LOG=info", async (t) => {
  const run = start(t, ['app.mjs'], { cwd: app(t, "log: 'silent'").path, env: { EXIT75_LOG: 'info' } })
  await run.says('ready 1')
  run.signal('SIGUSR2')
  await run.says('[exit75] SIGUSR2 · restarted in')
})

test('debug lines are kept, and come in order in front of a warning, once', async (t) => {
  const dir = app(t)
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  await run.says('ready 1')
  run.signal('SIGUSR2')
  const [, pid] = await run.says(/ready 2 (\d+)/)
  assert.equal(run.count(/asking the app/), 0)
  process.kill(Number(pid), 'SIGUSR1')
  const [story] = await run.says(
    /^(\[exit75\] \d+ ms .*\n)+\[exit75\] the app exited with 5 · waiting for a change\n/,
  )
  const words =
    /generation 1 is process[\s\S]*SIGUSR2 · asking the app[\s\S]*generation 1 ended with 75[\s\S]*generation 2 is process[\s\S]*generation 2 ended with 5/
  assert.match(story, words)
  const times = [...story.matchAll(/^\[exit75\] (\d+) ms /gm)].map(([, ms]) => Number(ms))
  assert.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
  )
  run.signal('SIGUSR2')
  const [, next] = await run.says(/ready 3 (\d+)/)
  process.kill(Number(next), 'SIGUSR1')
  await run.says('[exit75] the app exited with 5 · waiting for a change')
  assert.equal(run.count(/generation 1 is process/), 1)
})

test('a reader of stderr that goes away does not end the program', async (t) => {
  const dir = app(t)
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  await run.says('ready 1')
  run.process.stderr?.destroy()
  for (const generation of [2, 3, 4]) {
    dir.write('src/m1.mjs', `// ${generation}`)
    await run.says(`ready ${generation}`)
  }
})
