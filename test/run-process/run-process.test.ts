/** Programs that run a command or a function again whenever files change, by events and by polling. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunProcessOptions } from '../../src/run-process/index.ts'
import { STRIPS_TYPES } from '../helpers/app.ts'
import { atOnce, descendants, isAlive, type Run, type StartOptions, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

/** Says what was changed and what it got, then stays until it is told to end. */
const WORKER = `
import { basename } from 'node:path'
export function say(...args) {
  const caused = JSON.parse(process.env.WATCHFILES_CHANGES).map(([type, path]) => type + ' ' + basename(path))
  const same = process.env.WATCHFILES_CHANGES === process.env.EXIT75_CHANGES
  console.log('ready [' + caused.sort().join(', ') + ']', same, process.pid, ...args)
}
export function stay() {
  process.on('SIGINT', () => { console.log('got SIGINT'); process.exit() })
  setInterval(() => {}, 1000)
}
export async function main(...args) {
  await null
  stay()
  say(...args)
}
`

/** Runs it with OPTIONS, below \`src\`; \`more\` are options that JavaScript has to say. */
const host = (more = '', paths = "'src'"): string => `
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CodeFilter, DefaultFilter, runProcess } from 'exit75/run'
const names = (changes) => [...changes].map(({ type, path }) => type + ' ' + basename(path)).sort().join(', ')
async function halt(word) {
  console.log(word)
  while (!existsSync(word)) await sleep(5)
}
const listeners = () => process.eventNames().map((name) => String(name) + process.listenerCount(name)).sort().join()
  + process.stderr.eventNames().map((name) => String(name) + process.stderr.listenerCount(name)).sort().join()
console.error('') // makes the stream, with what it listens to itself
const before = listeners()
const options = () => ({ step: 10, ...JSON.parse(process.env.OPTIONS) })
try {
  const reloads = await runProcess(${paths}, { ...options(), ${more} })
  console.log('reloads', reloads)
} catch (error) {
  console.log('failed with', error.message)
}
console.log('left', process.getActiveResourcesInfo().filter((name) => !/TTY|PipeWrap|SimpleShutdownWrap|CloseReq|FSReq/.test(name)))
console.log(listeners() === before ? 'as before' : before + ' and now ' + listeners())
`

const COMMAND = { target: ['node', 'command.mjs'] }
const FUNCTION = { target: './worker.mjs#main' }
const WAYS = [
  { by: 'events', way: {} },
  { by: 'polling', way: { poll: 20 } },
]

function hostDir(t: TestContext, text = host(), files: Record<string, string> = {}): TempDir {
  return tempDir(t, {
    'host.mjs': text,
    'worker.mjs': WORKER,
    'command.mjs': `import { main } from './worker.mjs'\nmain()`,
    'src/a.js': 'a',
    ...files,
  })
}

interface HostOptions extends StartOptions {
  readonly options?: Partial<RunProcessOptions>
}

const startHost = (t: TestContext, dir: TempDir, { options = COMMAND, ...more }: HostOptions = {}): Run =>
  start(t, ['host.mjs'], { cwd: dir.path, ...more, env: { OPTIONS: JSON.stringify(options), ...more.env } })

/** Nothing has had an effect before this: the next edit is the first one, and the only cause. */
async function onlyTheNextEditCounts(run: Run, dir: TempDir, launches = 2): Promise<void> {
  dir.write('src/next.js', String(performance.now()))
  await run.says('ready [added next.js] true')
  assert.equal(run.count('ready'), launches)
}

/** Ends the host by a signal: nothing of the run is left in it, and no process. */
async function endsCleanly(run: Run, reloads: number, signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
  const pids = descendants(run.pid)
  run.signal(signal)
  await run.says(`reloads ${reloads}`)
  await run.says('left []')
  await run.says('as before')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.deepEqual(pids.filter(isAlive), [])
}

for (const { by, way } of WAYS) {
  test(`a command is run again after each change, by ${by}`, async (t) => {
    const dir = hostDir(t, host("callback: (changes) => console.log('called', names(changes))"))
    const run = startHost(t, dir, { options: { ...COMMAND, ...way } })
    await run.says('ready [] true')
    dir.write('src/a.js', 'b')
    await run.says('called modified a.js')
    await run.says('got SIGINT')
    await run.says('ready [modified a.js] true')
    dir.write('src/deep/b.js', 'b')
    await run.says('called added b.js')
    await run.says('ready [added b.js] true')
    dir.remove('src/a.js')
    await run.says('called deleted a.js')
    await run.says('ready [deleted a.js] true')
    await endsCleanly(run, 3)
    assert.equal(run.count('got SIGINT'), 4)
  })

  test(`a function is called in a fresh process after each change, by ${by}`, async (t) => {
    const dir = hostDir(t, host("args: [1, new Map([['a', { b: 2n }]])]"))
    const run = startHost(t, dir, { options: { ...FUNCTION, ...way } })
    await run.says(/^ready \[\] true \d+ 1 Map\(1\) \{ 'a' => \{ b: 2n \} \}$/)
    dir.write('src/a.js', 'b')
    await run.says(/^ready \[modified a\.js\] true \d+ 1 Map\(1\) \{ 'a' => \{ b: 2n \} \}$/)
    await endsCleanly(run, 1, 'SIGTERM')
  })

  test(`what was told by a filter not to count does not, by ${by}`, async (t) => {
    const dir = hostDir(
      t,
      host("watchFilter: (change, path) => change === 'added' && !path.endsWith('no.js')"),
      { 'src/.gitignore': 'ignored\n', 'src/.reloadignore': '\\.gen$\n' },
    )
    const run = startHost(t, dir, { options: { ...COMMAND, ...way } })
    await run.says('ready [] true')
    dir.write('src/a.js', 'b')
    dir.write('src/no.js', 'b')
    dir.write('src/ignored', 'b')
    dir.write('src/a.gen', 'b')
    dir.write('src/node_modules/a.js', 'b')
    await onlyTheNextEditCounts(run, dir)
  })

  test(`null lets everything count, by ${by}`, async (t) => {
    const dir = hostDir(t, host('watchFilter: null'), { 'src/.gitignore': 'ignored\n' })
    const run = startHost(t, dir, { options: { ...COMMAND, ...way } })
    await run.says('ready [] true')
    for (const name of ['ignored', 'a~', '.gitignore', 'node_modules/b']) {
      dir.write(`src/${name}`, 'changed')
      await run.says(new RegExp(`^ready \\[(added|modified) ${name.replace(/.*\//, '')}\\]`))
    }
  })

  test(`recursive: false, by ${by}`, async (t) => {
    const dir = hostDir(t, host(), { 'src/deep/b.js': 'b' })
    const run = startHost(t, dir, { options: { ...COMMAND, ...way, recursive: false } })
    await run.says('ready [] true')
    dir.write('src/deep/b.js', 'c')
    dir.write('src/deep/c.js', 'c')
    await onlyTheNextEditCounts(run, dir)
  })

  test(`the same bytes again are no change, by ${by}`, async (t) => {
    const dir = hostDir(t)
    const run = startHost(t, dir, { options: { ...COMMAND, ...way } })
    await run.says('ready [] true')
    dir.write('src/a.js', 'b') // from now on its content is known, however busy the machine
    await run.says('ready [modified a.js] true')
    atOnce(run, () => dir.replace('src/a.js', 'b'))
    await onlyTheNextEditCounts(run, dir, 3)
  })
}

test('CodeFilter: only code counts', async (t) => {
  const dir = hostDir(t, host("watchFilter: new CodeFilter({ extraExtensions: ['vue'] })"))
  const run = startHost(t, dir)
  await run.says('ready [] true')
  dir.write('src/README.md', 'b')
  await onlyTheNextEditCounts(run, dir)
  dir.write('src/a.vue', 'b')
  await run.says('ready [added a.vue]')
})

test('the callback is awaited before the process is ended', async (t) => {
  const dir = hostDir(t, host("callback: () => halt('asked')"))
  const run = startHost(t, dir)
  const [, pid] = await run.says(/^ready \[\] true (\d+)/)
  dir.write('src/a.js', 'b')
  await run.says('asked')
  assert.ok(isAlive(Number(pid)))
  assert.equal(run.count('got SIGINT'), 0)
  dir.write('asked', '')
  await run.says('got SIGINT')
  await run.says('ready [modified a.js]')
})

test('what changes during the callback is for the next one', async (t) => {
  const dir = hostDir(
    t,
    host(
      "callback: async (changes) => { console.log('called', names(changes)); await halt('asked ' + changes.size) }",
    ),
  )
  const run = startHost(t, dir)
  await run.says('ready []')
  dir.write('src/a.js', 'b')
  await run.says('called modified a.js')
  dir.write('src/a.js', 'c')
  dir.write('src/b.js', 'b')
  await sleep(300) // of a change that is kept back nothing shows
  dir.write('asked 1', '')
  await run.says('called added b.js, modified a.js')
  await run.says('ready [modified a.js]')
  dir.write('asked 2', '')
  await run.says('ready [added b.js, modified a.js]')
  await endsCleanly(run, 2)
})

test('a callback that fails ends the process, and is the failure of it all', async (t) => {
  const dir = hostDir(t, host("callback: () => { throw new Error('of the callback') }"))
  const run = startHost(t, dir)
  await run.says('ready []')
  dir.write('src/a.js', 'b')
  await run.says('got SIGINT')
  await run.says('failed with of the callback')
  await run.says('left []')
  await run.says('as before')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
})

test('a callback that fails when there is no process is the failure of it all, too', async (t) => {
  const dir = hostDir(t, host("callback: async () => { throw new Error('of the callback') }"), {
    'worker.mjs': '',
    'command.mjs': '',
  })
  const run = startHost(t, dir)
  await run.says('[exit75] the app exited with 0 · waiting for a change')
  dir.write('src/a.js', 'b')
  await run.says('failed with of the callback')
  await run.says('as before')
})

for (const [how, code, ending] of [
  ['ends', 'process.exit(0)', 'exited with 0'],
  ['fails', 'process.exit(3)', 'exited with 3'],
  ['ends with 75', 'process.exit(75)', 'exited with 75'],
  ['is killed', "process.kill(process.pid, 'SIGKILL')", 'was killed by SIGKILL'],
]) {
  test(`a command that ${how} is run again after a change, and not before`, async (t) => {
    const dir = hostDir(t, host("callback: (changes) => console.log('called', names(changes))"), {
      'command.mjs': `import { say } from './worker.mjs'\nsay()\n${code}`,
    })
    const run = startHost(t, dir)
    await run.says('ready []')
    await run.says(`[exit75] the app ${ending} · waiting for a change`)
    dir.write('src/a.js', 'b')
    await run.says('called modified a.js')
    await run.says('ready [modified a.js]')
    await run.says(`[exit75] the app ${ending} · waiting for a change`)
    await endsCleanly(run, 1)
    assert.equal(run.count('ready'), 2)
  })
}

test('what a function throws is printed, and its process ends with 1', async (t) => {
  const dir = hostDir(t, host(), {
    'worker.mjs': "export async function main() { throw new TypeError('of its own') }",
  })
  const run = startHost(t, dir, { options: FUNCTION })
  await run.says(/^TypeError: of its own\n +at main .*worker\.mjs:1/)
  await run.says('[exit75] the app exited with 1 · waiting for a change')
  dir.write('worker.mjs', 'export const other = 1')
  dir.write('src/a.js', 'b')
  await run.says(/has no export "main": it exports other$/)
  dir.write('worker.mjs', 'export const main = 1')
  dir.write('src/a.js', 'c')
  await run.says(/main is not a function, but 1$/)
})

test('the arguments of a function may be large', async (t) => {
  const dir = hostDir(t, host("args: ['x'.repeat(1e6), new Uint8Array(1e6)]"), {
    'worker.mjs': "export const main = (a, b) => console.log('sizes', a.length, b.length)",
  })
  await startHost(t, dir, { options: FUNCTION }).says('sizes 1000000 1000000')
})

test('a function finds exit75 as a program does that runs without it', async (t) => {
  const dir = hostDir(t, host(), {
    'worker.mjs': `
      import { CHILD, PARENT, shouldRestart } from 'exit75'
      export function main() { console.log('main', PARENT, CHILD, shouldRestart(), process.argv.length) }`,
  })
  const run = startHost(t, dir, { options: FUNCTION })
  await run.says('main false false false 2')
})

test("a function is given the program's own loaders", async (t) => {
  const dir = hostDir(t, host("target: new URL('./worker.ts#main', import.meta.url)"), {
    'worker.ts': 'export const main = (): void => console.log("typed" as string)',
  })
  const run = startHost(t, dir, { flags: ['--import', import.meta.resolve('tsx')] })
  await run.says('typed')
})

test('a function in TypeScript without a loader: Node runs it, or it is refused', async (t) => {
  const dir = hostDir(t, host(), {
    'worker.ts': 'export const main = (): void => console.log("typed" as string)',
  })
  const run = startHost(t, dir, { options: { target: './worker.ts#main' } })
  await run.says(STRIPS_TYPES ? 'typed' : /^failed with worker\.ts is TypeScript, .* npm install .* tsx/)
})

test('a program from the command line is not given to the function', async (t) => {
  const dir = hostDir(t)
  const code = `require('exit75/run').runProcess('src', ${JSON.stringify(FUNCTION)}).then(console.log)`
  const run = start(t, ['-e', code], { cwd: dir.path })
  await run.says('ready []')
  run.signal('SIGINT')
  await run.says('0')
})

test('a module that would start itself without end is told so', async (t) => {
  const dir = hostDir(t, `${host()}\nexport const main = () => {}`)
  const run = startHost(t, dir, { options: { target: './host.mjs#main' } })
  await run.says(/^failed with runProcess\(\): called while importing .*host\.mjs#main/)
})

test('a process that ignores SIGINT is killed after sigintTimeout', async (t) => {
  const dir = hostDir(t, host(), {
    'command.mjs': `import { main } from './worker.mjs'\nprocess.exit = () => {}\nmain()`,
  })
  const run = startHost(t, dir, { options: { ...COMMAND, sigintTimeout: 2000 } })
  const [, pid] = await run.says(/^ready \[\] true (\d+)/)
  dir.write('src/a.js', 'b')
  await run.says('got SIGINT')
  await run.says('[exit75] still running 2.0 s after the signal · SIGKILL')
  await run.says('ready [modified a.js]')
  assert.equal(isAlive(Number(pid)), false)
  run.signal('SIGTERM')
  await run.says('got SIGINT')
  await run.says('[exit75] still running 2.0 s after the signal · SIGKILL')
  await run.says('reloads 1')
  await run.says('left []')
})

test('a second Ctrl-C kills at once', async (t) => {
  const dir = hostDir(t, host(), {
    'command.mjs': `import { main } from './worker.mjs'\nprocess.exit = () => {}\nmain()`,
  })
  const run = startHost(t, dir, { options: { ...COMMAND, sigintTimeout: 1e6 } })
  await run.says('ready []')
  run.signal('SIGINT')
  await run.says('got SIGINT')
  await sleep(300) // sooner it would pass for the same key
  run.signal('SIGINT')
  await run.says('reloads 0')
  await run.says('left []')
})

test('nothing that a command started is left', async (t) => {
  const dir = hostDir(t)
  const run = startHost(t, dir, { options: { target: "sh -c 'sleep 1000 & node command.mjs'" } })
  await run.says('ready []')
  await endsCleanly(run, 0)
})

test('an AbortSignal ends it, and before the start nothing is started', async (t) => {
  const dir = hostDir(t, host('signal: abort.signal', "(globalThis.abort = new AbortController(), 'src')"))
  dir.write(
    'host.mjs',
    `setTimeout(function look() { existsSync('abort') ? abort.abort() : setTimeout(look, 5) })\n${host('signal: abort.signal', "(globalThis.abort = new AbortController(), 'src')")}`,
  )
  const run = startHost(t, dir)
  await run.says('ready []')
  dir.write('abort', '')
  await run.says('got SIGINT')
  await run.says('reloads 0')
  await run.says('left []')
  await run.says('as before')
  const second = startHost(t, hostDir(t, host('signal: AbortSignal.abort()')))
  await second.says('reloads 0')
  await second.says('left []')
  await second.ended
  assert.equal(second.count('ready'), 0)
})

test("the program's own listeners are called, and are there afterwards", async (t) => {
  const dir = hostDir(
    t,
    `process.on('SIGTERM', () => console.log('own listener'))\n${host()}\nsetInterval(() => {}, 1000)`,
  )
  const run = startHost(t, dir)
  await run.says('ready []')
  run.signal('SIGTERM')
  await run.says('own listener')
  await run.says('reloads 0')
  await run.says('as before')
  run.signal('SIGTERM')
  await run.says('own listener')
  run.signal('SIGUSR2') // not ours, so its default
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGUSR2' })
})

for (const signal of ['SIGHUP', 'SIGUSR2'] as const) {
  test(`${signal} does to the program what it does without it, and ends the process`, async (t) => {
    const run = startHost(t, hostDir(t))
    const [, pid] = await run.says(/^ready \[\] true (\d+)/)
    run.signal(signal)
    assert.deepEqual(await run.ended, { code: null, signal })
    await until('the process is gone', run.output, () => !isAlive(Number(pid)))
  })
}

test('twice at the same time, and once more afterwards', async (t) => {
  const dir = hostDir(
    t,
    host().replace(
      'const reloads = await runProcess(',
      `
  console.log('both', await Promise.all(['src', 'other'].map((path) => runProcess(path, options()))))
  const reloads = await runProcess(`,
    ),
    { 'other/a.js': 'a' },
  )
  const run = startHost(t, dir)
  await run.says('ready []')
  await run.says('ready []')
  dir.write('src/a.js', 'b')
  await run.says('ready [modified a.js]')
  dir.write('other/b.js', 'b')
  await run.says('ready [added b.js]')
  run.signal('SIGINT')
  await run.says('both [ 1, 1 ]')
  await run.says('ready []')
  await endsCleanly(run, 0)
  assert.equal(run.count('ready'), 5)
})

test('gracePeriod: what changes until then is no change, and what comes later is one', async (t) => {
  const dir = hostDir(t)
  const run = startHost(t, dir, { options: { ...COMMAND, gracePeriod: 2000 } })
  await run.says('ready []')
  dir.write('src/a.js', 'b')
  await sleep(3500) // of the end of the period nothing shows
  await onlyTheNextEditCounts(run, dir)
  dir.write('src/a.js', 'c')
  await run.says('ready [modified a.js]') // it was for the first launch alone
})

test('a signal ends it within gracePeriod, too', async (t) => {
  const run = startHost(t, hostDir(t), { options: { ...COMMAND, gracePeriod: 1e6 } })
  await run.says('ready []')
  await endsCleanly(run, 0)
})

test('files that do not become quiet are told after debounce', async (t) => {
  const dir = hostDir(t)
  const run = startHost(t, dir, { options: { ...COMMAND, step: 5000, debounce: 300 } })
  await run.says('ready []')
  const timer = setInterval(() => dir.write('src/a.js', String(performance.now())), 20)
  t.after(() => clearInterval(timer))
  await until(
    'it is run again in less than the step',
    run.output,
    () => run.count('ready [modified a.js]') > 0,
  )
})

test('debug: each change and each decision is told', async (t) => {
  const dir = hostDir(t)
  const run = startHost(t, dir, { options: { ...COMMAND, debug: true } })
  await run.says(/^\[exit75\] generation 1 is process \d+/)
  await run.says('ready []')
  dir.write('src/a.js', 'b')
  await run.says('[exit75] modified src/a.js')
  await run.says('[exit75] src/a.js changed · sending SIGINT')
  await run.says('[exit75] generation 1 ended with 0')
})

test('several paths and URLs, and a file', async (t) => {
  const dir = hostDir(t, host('', "['src', new URL('data.txt', import.meta.url)]"), {
    'data.txt': '1',
    'b.txt': '1',
  })
  const run = startHost(t, dir)
  await run.says('ready []')
  dir.write('b.txt', '2')
  dir.write('data.txt', '2')
  await run.says('ready [modified data.txt]')
  dir.write('src/a.js', '2')
  await run.says('ready [modified a.js]')
})

const isRoot = process.getuid?.() === 0

test('a directory that may not be read is an error, or passed over', { skip: !isRoot }, async (t) => {
  const dir = hostDir(t, host(), { 'src/secret/b.js': 'b' })
  chmodSync(dir.path, 0o777)
  chmodSync(dir.file('src/secret'), 0)
  const nobody = { uid: 65534, gid: 65534 }
  const refused = startHost(t, dir, nobody)
  await refused.says(/^failed with no permission to read the directory .*secret$/)
  await refused.says('left []')
  await refused.says('as before')
  assert.equal(refused.count('ready'), 0)
  const run = startHost(t, dir, { ...nobody, options: { ...COMMAND, ignorePermissionDenied: true } })
  await run.says('ready []')
  await onlyTheNextEditCounts(run, dir)
})

test('a directory that may not be read any more ends it', { skip: !isRoot }, async (t) => {
  const dir = hostDir(t)
  chmodSync(dir.path, 0o777)
  const run = startHost(t, dir, { uid: 65534, gid: 65534 })
  await run.says('ready []')
  mkdirSync(dir.file('src/secret'), 0)
  await run.says('got SIGINT')
  await run.says(/^failed with no permission to read the directory .*secret$/)
  await run.says('left []')
  await run.says('as before')
})

test('args for a command are refused a meaning, aloud', async (t) => {
  const run = startHost(t, hostDir(t), { options: { ...COMMAND, args: [1] } })
  await run.says('[exit75] the option args is for functions: a command has its own')
})

for (const [what, paths, options, says] of [
  ['no target', "'src'", {}, 'runProcess(): the option "target" is missing'],
  [
    'an unknown option',
    "'src'",
    { ...COMMAND, debunce: 1 },
    'runProcess(): unknown option "debunce". Did you mean "debounce"?',
  ],
  [
    'a wrong value',
    "'src'",
    { ...COMMAND, step: '1' },
    'runProcess(): option "step" must be a number of milliseconds',
  ],
  ['a path that is not there', "'nowhere'", COMMAND, 'runProcess(): there is no '],
  ['no path', '[]', COMMAND, 'runProcess(): expected one or more paths to watch'],
  [
    'a command that is not there',
    "'src'",
    { target: 'no-such-command a' },
    'there is no file no-such-command here',
  ],
  ['an empty command', "'src'", { target: "''" }, 'runProcess(): the target is an empty command'],
  [
    'a function that is none',
    "'src'",
    { target: './a.js', targetType: 'function' },
    'runProcess(): "./a.js" does not name',
  ],
] as [string, string, object, string][]) {
  test(`${what} is refused, and nothing is left`, async (t) => {
    const run = startHost(t, hostDir(t, host('', paths)), { options })
    await run.says(`failed with ${says}`.replace(/ $/, ''))
    await run.says('left []')
    await run.says('as before')
    assert.equal(run.count('ready'), 0)
  })
}

for (const [what, more, says] of [
  [
    'a function itself',
    'target: () => {}',
    'runProcess(): option "target" must be a command, or a function as ./module.js#name',
  ],
  [
    'an argument that cannot be cloned',
    "target: './worker.mjs#main', args: [() => {}]",
    '() => {} could not be cloned',
  ],
]) {
  test(`${what} is refused`, async (t) => {
    const run = startHost(t, hostDir(t, host(more)))
    await run.says(`failed with ${says}`)
    await run.says('left []')
  })
}
