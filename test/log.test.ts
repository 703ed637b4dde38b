import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createLog, describe, duration, type Level, type Log, shown } from '../src/log.ts'
import { atOnce, start } from './helpers/start.ts'
import { type TempDir, tempDir } from './helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** A next child that is ready ahead makes no difference here. */
const WITHOUT_STANDBY = { EXIT75_STANDBY: '0' }

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

/** What it writes, in the process of the test. */
function written(
  t: TestContext,
  env: Record<string, string>,
  option: Level,
  use: (log: Log) => void,
): string {
  const { FORCE_COLOR, NO_COLOR, EXIT75_LOG } = process.env
  const others = Object.entries({ FORCE_COLOR, NO_COLOR, EXIT75_LOG })
  for (const [name] of others) delete process.env[name]
  Object.assign(process.env, env)
  let text = ''
  const { mock } = t.mock.method(process.stderr, 'write', (chunk: string) => {
    text += chunk
    return true
  })
  const tty = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY')
  Object.defineProperty(process.stderr, 'isTTY', { value: false, configurable: true })
  try {
    const log = createLog(option)
    use(log)
    log.close()
  } finally {
    mock.restore()
    if (tty === undefined) delete (process.stderr as { isTTY?: boolean }).isTTY
    else Object.defineProperty(process.stderr, 'isTTY', tty)
    for (const [name, value] of others) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  return text
}

for (const [env, colored] of [
  [{}, false],
  [{ FORCE_COLOR: '1' }, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  [{ FORCE_COLOR: '0' }, false],
  [{ NO_COLOR: '1' }, false],
  [{ NO_COLOR: '' }, false],
] as const) {
  test(`${JSON.stringify(env)}: ${colored ? 'colour' : 'no colour'} in a pipe`, (t) => {
    const text = written(t, env, 'info', ({ info }) => info('restarted'))
    assert.equal(text, colored ? '\x1b[36m[exit75]\x1b[39m restarted\n' : '[exit75] restarted\n')
  })
}

for (const [option, variable, lines] of [
  ['info', undefined, ['info', 'warn', 'debug', 'fault']],
  ['info', 'silent', []],
  ['debug', 'silent', []],
  ['silent', undefined, []],
  ['silent', 'info', ['info', 'warn', 'debug', 'fault']],
  ['silent', 'debug', ['debug', 'info', 'warn', 'fault']],
  ['debug', undefined, ['debug', 'info', 'warn', 'fault']],
  ['debug', 'loud', ['debug', 'info', 'warn', 'fault']],
] as const)
  test(`the option log is ${option}, EXIT75_LOG is ${variable}: ${lines.join(', ') || 'not a word'}`, (t) => {
    const text = written(t, variable === undefined ? {} : { EXIT75_LOG: variable }, option, (log) => {
      log.debug('debug')
      log.info('info')
      log.warn('warn')
      log.fault('fault')
    })
    assert.deepEqual(text.match(/\w+$/gm) ?? [], lines)
  })

test('debug lines are kept, and come in order in front of a trouble of its own, once', (t) => {
  const text = written(t, {}, 'info', ({ debug, info, fault }) => {
    debug('one')
    info('said')
    debug('two')
    fault('crashed')
    debug('three')
    fault('crashed again')
  })
  assert.deepEqual(
    text.replace(/\d+ ms/g, '0 ms').split('\n'),
    ['said', '0 ms one', '0 ms two', 'crashed', '0 ms three', 'crashed again']
      .map((line) => `[exit75] ${line}`)
      .concat(''),
  )
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

test('on stderr: what changed, what happens, how long it took; and after a crash the whole story', async (t) => {
  const dir = app(t)
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: WITHOUT_STANDBY })
  const stderr = stderrOf(run)
  await run.says('ready 1')
  dir.write('src/m3.mjs', '// 2')
  await run.says(
    /^\[exit75\] src\/m3\.mjs changed · restarted in [\d.]+ m?s( \(app stopped after [\d.]+ m?s\))?\n/,
  )
  await run.says('ready 2')
  atOnce(run, () => {
    for (let n = 0; n < 15; n += 1) dir.write(`src/m${n}.mjs`, '// 3')
  })
  await run.says(
    /^\[exit75\] (src\/m\d+\.mjs, ){2}src\/m\d+\.mjs and 12 more changed · restarted in [\d.]+ m?s( \(app stopped after [\d.]+ m?s\))?\n/,
  )
  const [, pid] = await run.says(/ready 3 (\d+)/)
  assert.equal(stderr().match(/\[exit75\](?!.* restarting$)/gm)?.length, 2)
  assert.equal(run.count(/\[exit75\](?!.* restarting$)/), 2, 'none on stdout')
  assert.ok(!run.output().includes('\x1b'), 'no colour in a pipe')

  process.kill(Number(pid), 'SIGUSR1')
  await run.says('[exit75] the app exited with 5 · waiting for a change')
  // A crash is ordinary: nothing of ours stands between what the app has said and this line.
  assert.equal(run.count(/^\[exit75\] \d+ ms /), 0, run.output())
  dir.write('src/m1.mjs', '// 4')
  await run.says('ready 4')

  await t.test('a reader of stderr that goes away does not end the program', async () => {
    run.process.stderr?.destroy()
    for (const generation of [5, 6]) {
      dir.write('src/m1.mjs', `// ${generation}`)
      await run.says(`ready ${generation}`)
    }
  })
})

test('EXIT75_LOG=silent: not a word, whatever the option says', async (t) => {
  const dir = app(t, "log: 'debug'")
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'silent', ...WITHOUT_STANDBY } })
  const [, pid] = await run.says(/ready 1 (\d+)/)
  dir.write('src/m1.mjs', 'not ( JavaScript')
  process.kill(Number(pid), 'SIGUSR1')
  // The presence that proves the absence: the next child after all of it.
  dir.write('src/m1.mjs', '// 3')
  await run.says(/ready [23]/) // the second may have met the code that does not parse
  assert.equal(run.count(/\[exit75\]/), 0, run.output())
})

test('EXIT75_LOG=debug: every decision, at once; FORCE_COLOR: in colour', async (t) => {
  const run = start(t, ['app.mjs'], {
    cwd: app(t).path,
    env: { EXIT75_LOG: 'debug', FORCE_COLOR: '1', ...WITHOUT_STANDBY },
    flags: ['--no-warnings'],
  })
  const debug = (text: string) => run.says(`\x1b[2m[exit75]\x1b[22m ${text}`)
  await debug('generation 1 is process')
  await run.says('ready 1')
  run.signal('SIGUSR2')
  await debug('SIGUSR2 · asking the app to exit')
  await debug('generation 1 ended with 75')
  await debug('generation 2 is process')
})

test('a line that is said once is not said again, nor is another one about the same', (t) => {
  const text = written(t, {}, 'info', ({ once }) => {
    for (const line of ['a', undefined, 'a', 'b']) once(line)
    for (const line of ['c', 'd']) once(line, 'letters')
  })
  assert.equal(text, '[exit75] a\n[exit75] b\n[exit75] c\n')
})
