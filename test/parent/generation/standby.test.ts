import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { createLog } from '../../../src/log.ts'
import { keepStandby } from '../../../src/parent/generation/standby.ts'
import { keepsStandby } from '../../../src/parent/programs/child-config.ts'
import { monotonic } from '../../../src/system/monotonic.ts'
import { inTurn } from '../../helpers/in-turn.ts'
import { descendants, isAlive, type Run, start } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

/** Says its generation, pid and code, and exits 75 when asked. Holds a lock while it lives. */
const APP = `
import { closeSync, openSync, rmSync } from 'node:fs'
import { PARENT, generation, launchChild, restartSignal } from 'exit75'
import { version } from './version.js'
if (PARENT) launchChild(JSON.parse(process.env.OPTIONS ?? '{}'))
else {
  closeSync(openSync('lock', 'wx'))
  process.on('exit', () => rmSync('lock'))
  console.log('ready', generation, process.pid, version, process.env.FROM_FILE ?? '-')
  restartSignal.addEventListener('abort', () => setTimeout(() => process.exit(75), Number(process.env.SHUTDOWN ?? 0)))
  setInterval(() => {}, 1000)
}
`

const FILES = {
  'package.json': '{"type":"module"}',
  'app.js': APP,
  'version.js': 'export const version = "a"',
}

const DEBUG = { EXIT75_LOG: 'debug' }

/** The one that is there now: others may have come and gone since the last call. */
async function standbyOf(app: Run): Promise<number> {
  for (;;) {
    const pid = Number((await app.says(/standby (\d+) is ready/))[1])
    const said = app.output()
    const isOver = said.includes(`child ${pid} launch`) || said.includes(`standby ${pid} is no longer useful`)
    if (!isOver) return pid
  }
}

async function readyPid(app: Run, generation: number, version: string): Promise<number> {
  return Number((await app.says(new RegExp(`^ready ${generation} (\\d+) ${version}(?= |$)`)))[1])
}

describe('the standby', () => {
  test('becomes the next child', async (t) => {
    const dir = tempDir(t, {
      ...FILES,
      'app.js': `${APP}\nif (!PARENT) process.stdin.setEncoding('utf8').on('data', (text) => console.log('input', generation, text.trim()))`,
      '.env': 'FROM_FILE=one',
      'setup.cjs': 'require("node:fs").appendFileSync("log", `setup ${process.pid}\\n`)',
      'instrument.js':
        'import { appendFileSync } from "node:fs"\nappendFileSync("log", `instrument ${process.pid}\\n`)',
    })
    const app = start(t, ['app.js'], {
      cwd: dir.path,
      env: { ...DEBUG, NODE_OPTIONS: '--import ./instrument.js' },
      flags: ['-r', './setup.cjs', '--env-file=.env'],
    })
    const pids = [app.pid, await readyPid(app, 1, 'a one')]
    let standby = await standbyOf(app)
    await inTurn(t, [
      [
        'leaves standard input to the app',
        async () => {
          app.type('one\n')
          await app.says('input 1 one')
        },
      ],
      [
        'runs the preload files of the user after its launch, once per generation',
        async () => {
          assert.deepEqual(logged(dir), bothOf(pids))
          dir.write('version.js', 'export const version = "b"')
          assert.equal(await readyPid(app, 2, 'b one'), standby)
          pids.push(standby)
          app.type('two\n')
          await app.says('input 2 two')
          standby = await standbyOf(app)
          assert.deepEqual(logged(dir), bothOf(pids))
          dir.write('setup.cjs', `${readFileSync(dir.file('setup.cjs'))}\n// changed`)
          pids.push(await readyPid(app, 3, 'b one'))
          assert.deepEqual(logged(dir), bothOf(pids))
        },
      ],
      [
        'reads an env file again: never another one with the old value in between',
        async () => {
          await standbyOf(app)
          dir.write('.env', 'FROM_FILE=two')
          await readyPid(app, 4, 'b two')
        },
      ],
      [
        'is replaced when it dies, and done without when it is stuck',
        async () => {
          process.kill(await standbyOf(app), 'SIGKILL')
          standby = await standbyOf(app)
          process.kill(standby, 'SIGSTOP')
          dir.write('version.js', 'export const version = "c"')
          assert.notEqual(await readyPid(app, 5, 'c two'), standby)
          assert.ok(!isAlive(standby))
        },
      ],
      [
        'is gone after SIGTERM to the parent',
        async () => {
          const all = [await standbyOf(app), ...descendants(app.pid)]
          app.signal('SIGTERM')
          await app.ended
          await until('all are gone', app.output, () => all.every((pid) => !isAlive(pid)))
        },
      ],
    ])
  })

  for (const [how, flags] of [
    ['a debugger', ['--inspect=0']],
    ['a profiler', ['--cpu-prof', '--cpu-prof-dir=prof']],
  ] as const) {
    test(`is not there with ${how}`, async (t) => {
      const dir = tempDir(t, FILES)
      const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG, flags })
      const pid = await readyPid(app, 1, 'a')
      dir.write('version.js', 'export const version = "b"')
      await readyPid(app, 2, 'b')
      assert.equal(app.count(/standby/), 0)
      assert.ok(!isAlive(pid))
    })
  }

  for (const [what, variable, isObserved, standby, isKept] of [
    ['is kept', undefined, false, true, true],
    ['is kept with EXIT75_STANDBY=1', '1', false, true, true],
    ['is not kept with EXIT75_STANDBY=0', '0', false, true, false],
    ['is not kept if the option says so', undefined, false, false, false],
    ['is not kept under a debugger', undefined, true, true, false],
  ] as const)
    test(`a standby ${what}`, (t) => {
      const before = process.env.EXIT75_STANDBY
      t.after(() => {
        if (before === undefined) delete process.env.EXIT75_STANDBY
        else process.env.EXIT75_STANDBY = before
      })
      if (variable === undefined) delete process.env.EXIT75_STANDBY
      else process.env.EXIT75_STANDBY = variable
      const deps = { command: { isObserved }, settings: { standby } } as Parameters<typeof keepsStandby>[0]
      assert.equal(keepsStandby(deps), isKept)
    })

  for (const [what, program, started] of [
    ['is there', {}, 1],
    ['is not there for a program that keeps none', { keepsStandby: false }, 0],
    ['is not there where Node has refused to start', { hasBegun: false }, 0],
  ] as const)
    test(what, async () => {
      let spawned = 0
      const spawn = () => {
        spawned += 1
        return { process: { pid: 1 }, post() {}, kill() {}, onMessage() {}, ended: new Promise(() => {}) }
      }
      const standby = keepStandby({
        program: { keepsStandby: true, spawn, ...program },
        terminal: { isAsFound: async () => true },
        signals: { isEnding: () => false },
        log: createLog('silent'),
      } as unknown as Parameters<typeof keepStandby>[0])
      if (!('hasBegun' in program)) standby.begun(100)
      await standby.prepare()
      await standby.prepare()
      assert.equal(spawned, started)
      assert.equal(standby.child() !== undefined, started > 0)
    })

  for (const [what, ageOf, coldBoot, isWaited] of [
    ['one that has just been started is waited for', 1000, 50, true],
    ['one that takes longer than a cold start is given up', 2500, 50, false],
    ['where a cold start took 10 s, one that takes as long is waited for', 9900, 10_000, true],
    ['where a cold start took 10 s, one that takes 23 s is given up', 23_000, 10_000, false],
    ['a cold start of an hour was a pause of the machine, and is none', 130_000, 3_600_000, false],
  ] as const)
    test(`${what}, and so long it may take to begin`, async () => {
      const sent: string[] = []
      const child = {
        process: { pid: 1 },
        startedAt: monotonic() - ageOf,
        post: ({ is }: { is: string }) => sent.push(is),
        kill: (signal: string) => sent.push(signal),
        onMessage() {},
        ended: new Promise(() => {}),
      }
      const standby = keepStandby({
        program: { keepsStandby: true, spawn: () => child },
        terminal: { isAsFound: async () => true },
        signals: { isEnding: () => false },
        log: createLog('silent'),
      } as unknown as Parameters<typeof keepStandby>[0])
      standby.begun(coldBoot)
      await standby.prepare()
      standby.launch({ generation: 2, changes: [] })
      assert.deepEqual(sent, ['preload', isWaited ? 'launch' : 'SIGKILL'])
      assert.equal(standby.startLimit(), 3000 + 2 * Math.min(coldBoot, 60_000))
    })

  test('is waited for while it boots, where every boot takes longer than the usual limit', async (t) => {
    const dir = tempDir(t, {
      ...FILES,
      'node_modules/sucrase/package.json': '{"type":"module","exports":"./index.js"}',
      // It is loaded before anything of ours: so slow is the machine.
      'node_modules/sucrase/index.js':
        'if (process.env.EXIT75) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3500)',
    })
    const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG, flags: ['--import', 'sucrase'] })
    await readyPid(app, 1, 'a')
    const [, standby] = await app.says(/→ child (\d+) preload/)
    dir.write('version.js', 'export const version = "b"')
    assert.equal(await readyPid(app, 2, 'b'), Number(standby), app.output())
  })

  test('lets a loader do its first work ahead, on a file that nobody sees, and is gone after SIGKILL to the parent', async (t) => {
    const dir = tempDir(t, {
      ...FILES,
      'node_modules/sucrase/package.json': '{"type":"module","exports":"./index.js"}',
      'node_modules/sucrase/index.js': `import { register } from 'node:module'; register('./hooks.js', import.meta.url)`,
      'node_modules/sucrase/hooks.js': `
        import { writeSync } from 'node:fs'
        import { fileURLToPath } from 'node:url'
        export function load(url, context, next) {
          if (!url.endsWith('.mts')) return next(url, context)
          writeSync(1, 'loads ' + fileURLToPath(url) + '\\n')
          return { format: 'module', source: '', shortCircuit: true }
        }`,
    })
    const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG, flags: ['--import', 'sucrase'] })
    await readyPid(app, 1, 'a')
    const standby = await standbyOf(app)
    const [, path = ''] = await app.says(new RegExp(`^loads (\\S+/${standby}\\.mts)\n`))
    assert.equal(existsSync(path), false)
    // And it is gone after SIGKILL to the parent.
    const pids = descendants(app.pid)
    assert.ok(pids.includes(standby))
    app.signal('SIGKILL')
    await until('all are gone', app.output, () => pids.every((pid) => !isAlive(pid)))
  })

  test('is replaced when a package that it holds changes', async (t) => {
    const dir = tempDir(t, {
      ...FILES,
      'app.js': APP.replace('const', '')
        .replace('import { version }', "import { held } from 'held'\nimport { version }")
        .replace(', version,', ', version + held,'),
      'node_modules/held/package.json': '{"name":"held","type":"module","exports":"./index.js"}',
      'node_modules/held/index.js': 'export const held = 1',
    })
    const app = start(t, ['app.js'], { cwd: dir.path, env: { ...DEBUG, OPTIONS: '{"preload":["held"]}' } })
    await readyPid(app, 1, 'a1')
    const first = await standbyOf(app)
    dir.write('node_modules/held/index.js', 'export const held = 2')
    await app.says(`[exit75] standby ${first} is no longer useful`)
    const second = await standbyOf(app)
    dir.write('version.js', 'export const version = "b"')
    assert.equal(await readyPid(app, 2, 'b2'), second)
  })

  test('is gone after SIGKILL to the parent while it boots', async (t) => {
    const dir = tempDir(t, FILES)
    const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG })
    await readyPid(app, 1, 'a')
    const pids = await until('it boots', app.output, () => {
      const all = descendants(app.pid)
      return all.length > 1 ? all : undefined
    })
    app.signal('SIGKILL')
    await until('all are gone', app.output, () => pids.every((pid) => !isAlive(pid)))
  })

  test('never gives two generations at once nor stale code, whenever files are saved', async (t) => {
    const dir = tempDir(t, FILES)
    const app = start(t, ['app.js'], { cwd: dir.path, env: { ...DEBUG, SHUTDOWN: '60' } })
    await readyPid(app, 1, 'a')
    const lines = () => app.output().split('\n').length
    for (let round = 0; round < 6; round += 1) {
      const before = lines()
      writeFileSync(dir.file('version.js'), `export const version = "r${round}x"`)
      // The next save falls after one to four more events, or when this one has been answered.
      await until(`round ${round} goes on`, app.output, () => {
        return lines() > before + (round % 4) || app.output().includes(` r${round}x `)
      })
    }
    await app.says(/^ready \d+ \d+ r5x /) // the lock would have ended a second generation at once
    assert.equal(app.count(/EEXIST/), 0)
  })
})

function logged(dir: TempDir): string[] {
  return readFileSync(dir.file('log'), 'utf8').trim().split('\n').sort()
}

const bothOf = (pids: number[]): string[] =>
  pids.flatMap((pid) => [`instrument ${pid}`, `setup ${pid}`]).sort()
