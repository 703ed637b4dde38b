/** A program sees the same of its process under exit75 as under node: in the first launch, and from a standby. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './helpers/start.ts'
import { tempDir } from './helpers/temp-dir.ts'

/** What a program can ask about its process; a module adds what it can ask about itself. */
const ABOUT_PROCESS = `
const { EXIT75_CHANGES, ...env } = process.env
const about = {
  argv: process.argv, argv0: process.argv0, execArgv: process.execArgv, execPath: process.execPath, cwd: process.cwd(),
  env, title: process.title, preloaded: process._preload_modules, globals: Object.getOwnPropertyNames(globalThis).sort(),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]).sort(),
  // How Node came here may depend on when: its own frames do not count.
  symbols: Object.getOwnPropertySymbols(globalThis).map(String).filter((name) => name !== 'Symbol(exit75)'),
  // On Node 20 the thread in which Node resolves imports opens them.
  streams: process.version.startsWith('v20.') ? [] : [process.getActiveResourcesInfo(), process._getActiveHandles().length],
  heavy: process.moduleLoadList.filter((name) => /undici|webstreams|NativeModule (http|tls)$/.test(name)),
  stack: new Error('here').stack.split('\\n').filter((line) => !line.includes('node:internal')), exitCode: process.exitCode,
  preload: globalThis.seenByPreload,
}
const stay = () => setInterval(() => {}, 1000)
`
const COMMON_JS = `${ABOUT_PROCESS}
const { id, parent, filename, paths, children } = module
Object.assign(about, {
  id, parent, filename, paths, children, isMain: require.main === module, cache: Object.keys(require.cache),
  self: this === module.exports, resolved: require.resolve('./part.cjs'),
})
try { require('./missing') } catch (error) { about.missing = error.stack.split('\\n').slice(0, 4) }
console.log('sees', JSON.stringify(about))
stay()
// version a
`
const ES_MODULE = `${ABOUT_PROCESS}
import { createRequire } from 'node:module'
Object.assign(about, {
  url: import.meta.url, main: import.meta.main, meta: Object.keys(import.meta),
  cache: Object.keys(createRequire(import.meta.url).cache), resolved: import.meta.resolve('./part.cjs'),
})
await import('./missing.js').catch((error) => { about.missing = [error.message, error.code] })
console.log('sees', JSON.stringify(about))
stay()
// version a
`

/** What a module behind `-r` can ask about itself: by this, `esm` knows what it is to do. */
const PRELOAD = `
const { id, filename, paths, isPreloading, parent } = module
// Beside --import they are required after the phase in which Node itself requires them, so this is false there.
const isAlone = !process.execArgv.includes('--import')
globalThis.seenByPreload = {
  id, filename, paths, cache: Object.keys(require.cache), isMain: require.main === undefined,
  isPreloading: isAlone && isPreloading, parent: parent && [parent.id, parent.filename, parent.paths, parent.children.length],
}
`

const CASES: Record<
  string,
  { entry: string; file?: string; code: string; flags?: string[]; env?: NodeJS.ProcessEnv }
> = {
  'CommonJS by its package': { entry: 'app.js', code: COMMON_JS },
  'without an extension': { entry: 'app', file: 'app.js', code: COMMON_JS },
  'a directory': { entry: 'place', file: 'place/index.js', code: COMMON_JS.replaceAll("'./", "'../") },
  'an ES module': { entry: 'app.mjs', code: ES_MODULE },
  "an ES module that imports Node's own": {
    entry: 'app.mjs',
    code: `import 'node:http'\nimport { readFile } from 'fs/promises'\n${ES_MODULE}`,
  },
  'CommonJS with flags of its own, and a preload by -r': {
    entry: 'app.cjs',
    code: COMMON_JS,
    flags: ['--stack-trace-limit=20', '--conditions', 'own', '--no-deprecation', '-r', './part.cjs'],
    env: { NODE_OPTIONS: '--no-warnings', OWN: 'one = two\nthree' },
  },
  'CommonJS with a preload by -r, and one by --import': {
    entry: 'app.cjs',
    code: COMMON_JS,
    flags: ['--import', './part.mjs', '-r', './part.cjs'],
  },
  'an ES module with a preload by --import': {
    entry: 'app.mjs',
    code: ES_MODULE,
    flags: ['--import', './part.mjs'],
  },
  'CommonJS with a preload by --import': {
    entry: 'app.cjs',
    code: COMMON_JS,
    flags: ['--import', './part.mjs'],
  },
}

for (const [what, { entry, file = entry, code, flags = [], env = {} }] of Object.entries(CASES)) {
  test(`${what}: all that a program can ask is as under node`, async (t) => {
    const dir = tempDir(t, {
      [file]: code,
      'package.json': '{"type":"commonjs"}',
      'part.cjs': PRELOAD,
      'part.mjs': 'globalThis.isPreloaded = true',
    })
    const options = { cwd: dir.path, env }
    const plain = start(t, [entry, 'an argument'], { ...options, flags })
    const [, expected = ''] = await plain.says(/^sees (.*)\n/)
    plain.signal('SIGKILL')

    const run = start(t, [entry, 'an argument'], {
      cwd: dir.path,
      flags: ['--import', 'exit75/register', ...flags],
      env: { ...env, EXIT75_LOG: 'debug' },
    })
    const under = async () => {
      const about = JSON.parse((await run.says(/^sees (.*)\n/))[1] as string)
      delete about.env.EXIT75_LOG
      return about
    }
    assert.deepEqual(await under(), JSON.parse(expected), 'the first launch')
    await run.says(/standby \d+ is ready/)
    dir.write(file, code.replace('version a', 'version b'))
    assert.deepEqual(await under(), JSON.parse(expected), 'from the standby')
    assert.equal(run.count(/standby \d+ did not begin/), 0, run.output())
  })
}

const [MAJOR = 0] = process.versions.node.split('.').map(Number)
test('the size that a program gives to the pool of threads counts, in each generation', {
  skip:
    (MAJOR < 22 || process.platform !== 'linux') &&
    'this Node gives the threads no name, or uses them before',
}, async (t) => {
  const code = (version: string) => `
    process.env.UV_THREADPOOL_SIZE = '1'
    const { readdirSync, readFileSync } = require('node:fs')
    require('node:fs').stat('/', () => {
      const names = readdirSync('/proc/self/task').map((id) => readFileSync('/proc/self/task/' + id + '/comm', 'utf8'))
      console.log('ready ${version}', names.filter((name) => name.startsWith('libuv-worker')).length)
    })
    setInterval(() => {}, 1000)`
  const dir = tempDir(t, { 'app.cjs': code('a') })
  const flags = ['--import', 'exit75/register']
  const run = start(t, ['app.cjs'], { cwd: dir.path, flags, env: { EXIT75_LOG: 'debug' } })
  await run.says('ready a')
  await run.says(/standby \d+ is ready/)
  dir.write('app.cjs', code('b'))
  const [, threads] = await run.says(/ready b (\d)/)
  assert.equal(threads, '1')
})
