import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
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

async function standbyOf(app: Run): Promise<number> {
  return Number((await app.says(/standby (\d+) is ready/))[1])
}

async function readyPid(app: Run, generation: number, version: string): Promise<number> {
  return Number((await app.says(new RegExp(`^ready ${generation} (\\d+) ${version} `)))[1])
}

describe('the standby', () => {
  test('becomes the next child, and another one takes its place', async (t) => {
    const dir = tempDir(t, FILES)
    const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG })
    await readyPid(app, 1, 'a')
    for (const [generation, version] of [
      [2, 'b'],
      [3, 'c'],
    ] as const) {
      const standby = await standbyOf(app)
      dir.write('version.js', `export const version = "${version}"`)
      assert.equal(await readyPid(app, generation, version), standby)
    }
  })

  for (const [how, options] of [
    ['the option', { env: { ...DEBUG, OPTIONS: '{"standby":false}' } }],
    ['EXIT75_STANDBY=0', { env: { ...DEBUG, EXIT75_STANDBY: '0' } }],
    ['a debugger', { env: DEBUG, flags: ['--inspect=0'] }],
    ['a profiler', { env: DEBUG, flags: ['--cpu-prof', '--cpu-prof-dir=prof'] }],
  ] as const) {
    test(`is not there with ${how}`, async (t) => {
      const dir = tempDir(t, FILES)
      const app = start(t, ['app.js'], { cwd: dir.path, ...options })
      await readyPid(app, 1, 'a')
      dir.write('version.js', 'export const version = "b"')
      const pid = await readyPid(app, 2, 'b')
      dir.write('version.js', 'export const version = "c"')
      await readyPid(app, 3, 'c')
      assert.equal(app.count(/standby/), 0)
      assert.ok(!isAlive(pid))
    })
  }

  test('runs the preload files of the user after its launch, once per generation', async (t) => {
    const dir = tempDir(t, {
      ...FILES,
      'setup.cjs': 'require("node:fs").appendFileSync("log", `setup ${process.pid}\\n`)',
      'instrument.js':
        'import { appendFileSync } from "node:fs"\nappendFileSync("log", `instrument ${process.pid}\\n`)',
    })
    const app = start(t, ['app.js'], {
      cwd: dir.path,
      env: { ...DEBUG, NODE_OPTIONS: '--import ./instrument.js' },
      flags: ['-r', './setup.cjs'],
    })
    const pids = [app.pid, await readyPid(app, 1, 'a')]
    await standbyOf(app)
    assert.deepEqual(logged(dir), bothOf(pids))
    dir.write('version.js', 'export const version = "b"')
    pids.push(await readyPid(app, 2, 'b'))
    await standbyOf(app)
    assert.deepEqual(logged(dir), bothOf(pids))
    dir.write('setup.cjs', `${readFileSync(dir.file('setup.cjs'))}\n// changed`)
    pids.push(await readyPid(app, 3, 'b'))
    assert.deepEqual(logged(dir), bothOf(pids))
  })

  test('reads an env file again', async (t) => {
    const dir = tempDir(t, { ...FILES, '.env': 'FROM_FILE=one' })
    const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG, flags: ['--env-file=.env'] })
    await app.says(/^ready 1 \d+ a one$/)
    await standbyOf(app)
    dir.write('.env', 'FROM_FILE=two')
    await app.says(/^ready 2 \d+ a two$/) // never another one with the old value in between
  })

  test('lets a loader do its first work ahead, on a file that nobody sees', async (t) => {
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
    dir.write('version.js', 'export const version = "b"')
    assert.equal(await readyPid(app, 2, 'b'), standby)
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

  test('is replaced when it dies, and done without when it is stuck', async (t) => {
    const dir = tempDir(t, FILES)
    const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG })
    await readyPid(app, 1, 'a')
    process.kill(await standbyOf(app), 'SIGKILL')
    const stuck = await standbyOf(app)
    process.kill(stuck, 'SIGSTOP')
    dir.write('version.js', 'export const version = "b"')
    assert.notEqual(await readyPid(app, 2, 'b'), stuck)
    assert.ok(!isAlive(stuck))
  })

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    test(`is gone after ${signal} to the parent`, async (t) => {
      const dir = tempDir(t, FILES)
      const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG })
      await readyPid(app, 1, 'a')
      const pids = [await standbyOf(app), ...descendants(app.pid)]
      app.signal(signal)
      await app.ended
      await until('all are gone', app.output, () => pids.every((pid) => !isAlive(pid)))
    })
  }

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

  test('leaves standard input to the app', async (t) => {
    const dir = tempDir(t, {
      ...FILES,
      'app.js': `${APP}\nif (!PARENT) process.stdin.setEncoding('utf8').on('data', (text) => console.log('input', generation, text.trim()))`,
    })
    const app = start(t, ['app.js'], { cwd: dir.path, env: DEBUG })
    await readyPid(app, 1, 'a')
    await standbyOf(app)
    app.type('one\n')
    await app.says('input 1 one')
    dir.write('version.js', 'export const version = "b"')
    await readyPid(app, 2, 'b')
    await standbyOf(app)
    app.type('two\n')
    await app.says('input 2 two')
  })

  test('never gives two generations at once nor stale code, whenever files are saved', async (t) => {
    const dir = tempDir(t, FILES)
    const app = start(t, ['app.js'], { cwd: dir.path, env: { ...DEBUG, SHUTDOWN: '60' } })
    await readyPid(app, 1, 'a')
    const lines = () => app.output().split('\n').length
    for (let round = 0; round < 20; round += 1) {
      const before = lines()
      writeFileSync(dir.file('version.js'), `export const version = "r${round}x"`)
      // The next save falls after one to five more events, or when this one has been answered.
      await until(`round ${round} goes on`, app.output, () => {
        return lines() > before + (round % 5) || app.output().includes(` r${round}x `)
      })
    }
    await app.says(/^ready \d+ \d+ r19x /) // the lock would have ended a second generation at once
    assert.equal(app.count(/EEXIST/), 0)
  })
})

function logged(dir: TempDir): string[] {
  return readFileSync(dir.file('log'), 'utf8').trim().split('\n').sort()
}

const bothOf = (pids: number[]): string[] =>
  pids.flatMap((pid) => [`instrument ${pid}`, `setup ${pid}`]).sort()
