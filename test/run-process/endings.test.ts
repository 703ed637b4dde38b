/** How a run of runProcess() ends, and a process in it. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { STRIPS_TYPES } from '../helpers/app.ts'
import { type Host, startHost } from '../helpers/run-host.ts'
import { descendants, isAlive } from '../helpers/start.ts'
import type { TempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

const COMMAND = "target: 'sh command.sh'"
const FUNCTION = "target: './worker.mjs#main'"

test('a process that ends by itself, or fails, is run again after a change', async (t) => {
  const host = startHost(t)

  await t.test('a command that ends, in whatever way: after the change, and not before', async (t) => {
    const ways = [
      ['exit 0', 'exited with 0'],
      ['exit 3', 'exited with 3'],
      ['exit 75', 'exited with 75'],
      ['kill -KILL $$', 'was killed by SIGKILL'],
    ] as const
    const files = { 'ends.sh': 'echo "ready $WATCHFILES_CHANGES"; . src/a.js', 'src/a.js': ways[0][0] }
    const callback = "(changes) => console.log('called', names(changes))"
    const run = host.begin(t, `target: ['sh', 'ends.sh'], callback: ${callback}`, { files })
    for (const [at, [how, ending]] of ways.entries()) {
      if (at > 0) {
        run.dir.write('src/a.js', how)
        await run.says('called modified src/a.js')
      }
      await run.ready(at === 0 ? [] : [['modified', 'a.js']])
      await run.says(`[exit75] the app ${ending} · waiting for a change`)
    }
    await run.endsBy('SIGINT', 3)
    assert.equal(run.count('ready'), 4)
  })

  await t.test('what a function throws is printed, and its process ends with 1', async (t) => {
    const files = { 'worker.mjs': "export async function main() { throw new TypeError('of its own') }" }
    const run = host.begin(t, FUNCTION, { files })
    await run.says(/^TypeError: of its own\n +at main .*worker\.mjs:1/)
    await run.says('[exit75] the app exited with 1 · waiting for a change')
    run.dir.write('worker.mjs', 'export const main = 1')
    run.dir.write('src/a.js', 'c')
    await run.says(/^\[exit75\] .*main is not a function, but 1$/)
  })

  await t.test('a function in TypeScript without a loader: Node runs it, or it is refused', async (t) => {
    const files = { 'worker.ts': 'export const main = (): void => console.log("typed" as string)' }
    const run = host.begin(t, "target: './worker.ts#main'", { files })
    if (STRIPS_TYPES) await run.says('typed')
    else await run.isOver(/^failed with worker\.ts is TypeScript, .* npm install .* tsx/)
  })

  await t.test('a module that would start itself without end is told so', async (t) => {
    const self = "import { runProcess } from 'exit75/run'\nexport const main = () => {}\n"
    const files = { 'self.mjs': `${self}await runProcess('src', { target: './self.mjs#main' })` }
    const run = host.begin(t, "target: './self.mjs#main'", { files })
    await run.says(/^Error: runProcess\(\): called while importing .*self\.mjs#main/)
  })

  for (const [when, target] of [
    ['', 'sh command.sh'],
    [' when there is no process', 'true'],
  ])
    await t.test(`a callback that fails${when} is the failure of it all`, async (t) => {
      const run = host.begin(
        t,
        `target: '${target}', callback: async () => { throw new Error('of its own') }`,
      )
      if (target === 'true') await run.says('[exit75] the app exited with 0 · waiting for a change')
      else await run.ready()
      run.dir.write('src/a.js', 'b')
      if (target !== 'true') await run.says('got SIGINT')
      await run.isOver('failed with of its own')
    })
})

test('a signal, or another word, ends it, and nothing is left', async (t) => {
  const host = startHost(t)

  await t.test('a process that ignores SIGINT is killed after sigintTimeout', async (t) => {
    const files = { 'command.sh': DEAF }
    const run = host.begin(t, `${COMMAND}, sigintTimeout: 1000`, { files })
    const [, pid] = await run.says(/^deaf (\d+)/)
    run.dir.write('src/a.js', 'b')
    await run.says('got SIGINT')
    await run.says('[exit75] still running 1.0 s after the signal · sending SIGKILL')
    await run.says(/^deaf \d+/)
    assert.equal(isAlive(Number(pid)), false)
    host.signal('SIGTERM')
    await run.says('got SIGINT')
    await run.says('[exit75] still running 1.0 s after the signal · sending SIGKILL')
    await run.isOver('reloads 1')
  })

  await t.test('a second Ctrl-C kills at once', async (t) => {
    const files = { 'command.sh': DEAF }
    const run = host.begin(t, `${COMMAND}, sigintTimeout: 1e6`, { files })
    await run.says(/^deaf \d+/)
    host.signal('SIGINT')
    await run.says('got SIGINT')
    await sleep(300) // sooner it would pass for the same key
    host.signal('SIGINT')
    await run.isOver('reloads 0')
  })

  await t.test('nothing that a command started is left', async (t) => {
    const run = host.begin(t, 'target: "sh -c \'sleep 1000 & exec sh command.sh\'"')
    await run.ready()
    await run.endsBy('SIGINT', 0)
  })

  await t.test('an AbortSignal ends it, and before the start nothing is started', async (t) => {
    const run = host.begin(t, COMMAND)
    await run.ready()
    host.type('abort\n')
    await run.says('got SIGINT')
    await run.isOver('reloads 0')
    const second = host.begin(t, `${COMMAND}, signal: AbortSignal.abort()`)
    await second.isOver('reloads 0')
    assert.equal(second.count('ready'), 0)
  })

  await t.test('a signal ends it within gracePeriod, too', async (t) => {
    const run = host.begin(t, `${COMMAND}, gracePeriod: 1e6`)
    await run.ready()
    await run.endsBy('SIGINT', 0)
  })

  await t.test('twice at the same time', async (t) => {
    const code = `Promise.all(['src', 'other'].map((path) => run(path, { ${COMMAND} })))`
    const run = host.begin(t, '', { code, files: { 'other/a.js': 'a' } })
    await run.ready()
    await run.ready()
    run.dir.write('src/a.js', 'b')
    await run.ready([['modified', 'a.js']])
    run.dir.write('other/b.js', 'b')
    await run.ready([['added', '../other/b.js']])
    await run.endsBy('SIGINT', '[ 1, 1 ]')
    assert.equal(run.count('ready'), 4)
  })

  await t.test("the program's own listeners are called, and are there afterwards", async (t) => {
    const own = host.begin(t, '', { code: "void process.on('SIGTERM', () => console.log('own listener'))" })
    await own.says('reloads undefined')
    await own.says(/ and now /)
    const run = host.begin(t, COMMAND)
    await run.ready()
    host.signal('SIGTERM')
    await run.says('own listener')
    await run.isOver('reloads 0')
    host.signal('SIGTERM')
    await run.says('own listener')
  })

  await t.test('SIGUSR2 does to the program what it does without it, and ends the process', async (t) => {
    const run = host.begin(t, COMMAND)
    await run.ready()
    await endsByDefault(host, 'SIGUSR2')
  })
})

/** Not ours: the signal does what it does to any program. */
async function endsByDefault(host: Host, signal: NodeJS.Signals): Promise<void> {
  const pids = descendants(host.pid)
  host.signal(signal)
  assert.deepEqual(await host.ended, { code: null, signal })
  await until('the process is gone', host.output, () => !pids.some(isAlive))
}

const DEAF = `
trap 'echo got SIGINT' INT
echo "deaf $$"
while :; do sleep 1; done`

const isRoot = process.getuid?.() === 0

test('a directory that may not be read is an error, or passed over', { skip: !isRoot }, async (t) => {
  const host = startHost(t, { uid: 65534, gid: 65534 })
  const files = { 'src/secret/b.js': 'b' }
  const prepare = (dir: TempDir) => chmodSync(dir.file('src/secret'), 0)
  const refused = host.begin(t, COMMAND, { files, prepare })
  await refused.isOver(/^failed with no permission to read the directory .*secret$/)
  assert.equal(refused.count('ready'), 0)

  const later = host.begin(t, COMMAND)
  await later.ready()
  mkdirSync(later.dir.file('src/secret'), 0)
  await later.says('got SIGINT')
  await later.isOver(/^failed with no permission to read the directory .*secret$/)

  const passed = host.begin(t, `${COMMAND}, ignorePermissionDenied: true`, { files, prepare })
  await passed.ready()
  passed.dir.write('src/a.js', 'b')
  await passed.ready([['modified', 'a.js']])
  await endsByDefault(host, 'SIGHUP')
})

test('what makes no sense is refused, and nothing is left', async (t) => {
  const host = startHost(t)
  for (const [what, paths, options, says] of [
    ['no target', "'src'", '', 'runProcess(): the option "target" is missing'],
    [
      'an unknown option',
      "'src'",
      `${COMMAND}, debunce: 1`,
      'runProcess(): unknown option "debunce". Did you mean "debounce"?',
    ],
    [
      'a wrong value',
      "'src'",
      `${COMMAND}, step: '1'`,
      'runProcess(): option "step" must be a number of milliseconds',
    ],
    ['a path that is not there', "'nowhere'", COMMAND, 'runProcess(): there is no'],
    ['no path', '[]', COMMAND, 'runProcess(): expected one or more paths to watch, and then the options'],
    [
      'a command that is not there',
      "'src'",
      "target: 'no-such-command a'",
      'there is no file no-such-command here',
    ],
    [
      'a function, named as in Python',
      "'src'",
      "target: 'pkg.app.main'",
      'runProcess(): there is no file pkg.app.main',
    ],
    ['an empty command', "'src'", `target: "''"`, 'runProcess(): the target is an empty command'],
    [
      'a function that is none',
      "'src'",
      "target: './a.js', targetType: 'function'",
      'runProcess(): "./a.js" does not name',
    ],
    [
      'a function itself',
      "'src'",
      'target: () => {}',
      'runProcess(): option "target" must be a command, or the name of a function, ./module.js#name',
    ],
    [
      'an argument that cannot be cloned',
      "'src'",
      "target: './worker.mjs#main', args: [() => {}]",
      '() => {} could not be cloned',
    ],
  ] as const)
    await t.test(what, async (t) => {
      const run = host.begin(t, options, { paths })
      await run.isOver(`failed with ${says}`)
      assert.deepEqual(descendants(host.pid), [])
    })

  await t.test('args for a command mean nothing, which is said', async (t) => {
    const run = host.begin(t, `${COMMAND}, args: [1]`)
    await run.says('[exit75] the option args is for functions: a command has its own')
    await run.ready()
  })
})
