/** Every kind of load is noticed: ES modules, CommonJS, JSON, TypeScript, threads, and mixtures. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type TestContext, test } from 'node:test'
import { appFiles, STRIPS_TYPES } from '../helpers/app.ts'
import { type Run, start, startCommand } from '../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../helpers/temp-dir.ts'

/** An entry, the files it loads, and the one among them that holds the word `first`. */
interface Program {
  readonly entry: string
  readonly code: string
  readonly files: Record<string, string>
  readonly loaded: string
  /** Why this cannot work, by the major version of Node. */
  readonly notOn?: Record<number, string>
}

const ESM = `export const version = 'first'\n`
const CJS = `exports.version = 'first'\n`
const JSON_FILE = '{\n  "version": "first"\n}\n'
const TS = `type Word = string\nexport const version: Word = 'first'\n`

/** An ES module; `imports` or `code` gives it `version`. */
const esm = (imports: string, code = '') => `${imports}
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
const require = createRequire(import.meta.url)
const fromWorker = (name) =>
  new Promise((resolve) => new Worker(new URL(name, import.meta.url)).on('message', resolve))
if (PARENT) launch()
else {
  ${code}
  await run(version)
}
`

const cjs = (code: string) => `
const { Worker } = require('node:worker_threads')
const { PARENT } = require('exit75')
const { launch, run } = require('./kit.mjs')
const fromWorker = (name) =>
  new Promise((resolve) => new Worker(__dirname + '/' + name).on('message', resolve))
if (PARENT) launch()
else main()
async function main() {
  ${code}
  await run(version)
}
`

const WORKER = `
import { parentPort } from 'node:worker_threads'
import { version } from './loaded.js'
parentPort.postMessage(version)
`

const fromEsm = (
  imports: string,
  code: string,
  files: Record<string, string>,
  loaded = Object.keys(files).at(-1) as string,
): Program => ({ entry: 'app.js', code: esm(imports, code), files, loaded })

const fromCjs = (
  code: string,
  files: Record<string, string>,
  loaded = Object.keys(files).at(-1) as string,
): Program => ({ entry: 'app.cjs', code: cjs(code), files, loaded })

const LINKING = 'after an --import it cannot require an ES module of several files from a .cts file'
const HIDDEN = 'it asks no hook about the imports of an ES module that was required'

const JAVASCRIPT: Record<string, Program> = {
  'static import': fromEsm(`import { version } from './loaded.js'`, '', { 'loaded.js': ESM }),
  'import of an import of an import': fromEsm(`import { version } from './one.js'`, '', {
    'one.js': `export * from './two.mjs'`,
    'two.mjs': `export * from './deep/three.js'`,
    'deep/three.js': ESM,
  }),
  'dynamic import': fromEsm('', `const { version } = await import('./loaded.js')`, { 'loaded.js': ESM }),
  'dynamic import with a query': fromEsm(
    '',
    `const { version } = await import('./loaded.js?fresh=' + Date.now() + '#there')`,
    { 'loaded.js': ESM },
  ),
  'dynamic import of an address': fromEsm(
    '',
    `const { version } = await import(new URL('./loaded.js', import.meta.url).href)`,
    { 'loaded.js': ESM },
  ),
  'import through the imports of package.json': fromEsm(`import { version } from '#loaded'`, '', {
    'package.json': '{"type":"module","imports":{"#loaded":"./deep/loaded.js"}}',
    'deep/loaded.js': ESM,
  }),
  'import of JSON': fromEsm(
    `import file from './loaded.json' with { type: 'json' }\nconst { version } = file`,
    '',
    { 'loaded.json': JSON_FILE },
  ),
  'dynamic import of JSON': fromEsm(
    '',
    `const { version } = (await import('./loaded.json', { with: { type: 'json' } })).default`,
    { 'loaded.json': JSON_FILE },
  ),
  'require of CommonJS by an ES module': fromEsm('', `const { version } = require('./loaded.cjs')`, {
    'loaded.cjs': CJS,
  }),
  'require of JSON by an ES module': fromEsm('', `const { version } = require('./loaded.json')`, {
    'loaded.json': JSON_FILE,
  }),
  'require of an ES module by an ES module': fromEsm('', `const { version } = require('./loaded.js')`, {
    'loaded.js': ESM,
  }),
  'require of an ES module that imports': {
    ...fromEsm('', `const { version } = require('./one.js')`, {
      'one.js': `export * from './loaded.js'`,
      'loaded.js': ESM,
    }),
    notOn: { 20: HIDDEN },
  },
  'import of CommonJS': fromEsm(`import { version } from './loaded.cjs'`, '', { 'loaded.cjs': CJS }),
  'import of CommonJS that requires more': fromEsm(`import { version } from './one.cjs'`, '', {
    'one.cjs': `exports.version = require('./two').version`,
    'two/package.json': '{"main":"./main.cjs"}',
    'two/main.cjs': `exports.version = require('./three.json').version`,
    'two/three.json': JSON_FILE,
  }),
  'CommonJS: require of a directory': fromCjs(`const { version } = require('./loaded')`, {
    'package.json': '{}',
    'loaded/index.js': CJS,
  }),
  'CommonJS: require of JSON': fromCjs(`const { version } = require('./loaded')`, {
    'loaded.json': JSON_FILE,
  }),
  'CommonJS: require when it is needed': fromCjs(
    `await 1; const version = (() => require('./loaded.cjs').version)()`,
    { 'loaded.cjs': CJS },
  ),
  'CommonJS: require of an ES module': fromCjs(`const { version } = require('./loaded.mjs')`, {
    'loaded.mjs': ESM,
  }),
  'CommonJS: require of an ES module that imports': {
    ...fromCjs(`const { version } = require('./one.mjs')`, {
      'one.mjs': `export * from './loaded.js'`,
      'loaded.js': ESM,
    }),
    notOn: { 20: HIDDEN },
  },
  'CommonJS: dynamic import': fromCjs(`const { version } = await import('./loaded.js')`, {
    'loaded.js': ESM,
  }),
  'CommonJS: dynamic import of JSON': fromCjs(
    `const { version } = (await import('./loaded.json', { with: { type: 'json' } })).default`,
    { 'loaded.json': JSON_FILE },
  ),
  'CommonJS: an entry without an extension': {
    ...fromCjs(`const { version } = require('./loaded.js')`, { 'package.json': '{}', 'loaded.js': CJS }),
    entry: 'app',
  },
  'a worker thread': fromEsm('', `const version = await fromWorker('./worker.js')`, {
    'worker.js': `import { parentPort } from 'node:worker_threads'\nparentPort.postMessage('first')`,
  }),
  'import in a worker thread': fromEsm('', `const version = await fromWorker('./worker.js')`, {
    'worker.js': WORKER,
    'loaded.js': ESM,
  }),
  'import in a worker thread that ends': fromEsm('', `const version = await fromWorker('./worker.js')`, {
    'worker.js': `
import { parentPort } from 'node:worker_threads'
const { version } = await import('./loaded.js')
parentPort.postMessage(version)
process.exit()`,
    'loaded.js': ESM,
  }),
  'import in a worker thread of a worker thread': fromEsm(
    '',
    `const version = await fromWorker('./outer.js')`,
    {
      'outer.js': `
import { parentPort, Worker } from 'node:worker_threads'
const worker = new Worker(new URL('./worker.js', import.meta.url))
worker.on('message', (text) => parentPort.postMessage(text))`,
      'worker.js': WORKER,
      'loaded.js': ESM,
    },
  ),
  'require in a worker thread': fromCjs(`const version = await fromWorker('worker.cjs')`, {
    'worker.cjs': `
const { parentPort } = require('node:worker_threads')
parentPort.postMessage(require('./loaded.json').version)`,
    'loaded.json': JSON_FILE,
  }),
}

const typed = (program: Program, entry = 'app.ts'): Program => ({
  ...program,
  entry,
  code: program.code.replaceAll('(name)', '(name: string): Promise<any>'),
})

/** What Node can strip, and every loader understands. */
const TYPESCRIPT: Record<string, Program> = {
  'static import': typed(fromEsm(`import { version } from './loaded.ts'`, '', { 'loaded.ts': TS })),
  'dynamic import': typed(
    fromEsm('', `const { version } = await import('./loaded.ts')`, { 'loaded.ts': TS }),
  ),
  'import of JSON': typed(JAVASCRIPT['import of JSON'] as Program),
  'import of JavaScript': typed(JAVASCRIPT['static import'] as Program, 'app.mts'),
  'import of CommonJS': typed(
    fromEsm(`import one from './one.cts'\nconst { version } = one`, '', {
      'one.cts': `const { version } = require('./loaded.cts')\nmodule.exports = { version: version as string }`,
      'loaded.cts': `module.exports.version = 'first' as string\n`,
    }),
  ),
  'require of JSON': typed(JAVASCRIPT['require of JSON by an ES module'] as Program),
  'CommonJS: require': {
    ...typed(
      fromCjs(`const { version }: { version: string } = require('./loaded.cts')`, {
        'loaded.cts': `module.exports.version = 'first' as string\n`,
      }),
      'app.cts',
    ),
    notOn: { 20: LINKING, 22: LINKING },
  },
  'import in a worker thread': {
    ...typed(
      fromEsm('', `const version = await fromWorker('./worker.ts')`, {
        'worker.ts': `
import { parentPort } from 'node:worker_threads'
import { version } from './loaded.ts'
parentPort!.postMessage(version)
`,
        'loaded.ts': TS,
      }),
    ),
    notOn: { 20: 'with tsx its worker threads cannot start from TypeScript' },
  },
}

/** What only a loader can do: find a source by the name of the output, enums. */
const WITH_LOADER: Record<string, Program> = {
  ...TYPESCRIPT,
  'import by the name of the output': typed(
    fromEsm(`import { version } from './loaded.js'`, '', {
      'loaded.ts': `enum Word { One = 'first' }\nexport const version: string = Word.One\n`,
    }),
  ),
  'import without an extension, in CommonJS': {
    entry: 'app.ts',
    code: `
import { PARENT } from 'exit75'
import { version } from './loaded'
const { launch, run } = require('./kit.mjs')
if (PARENT) launch()
else run(version)
`,
    files: { 'package.json': '{}', 'loaded.ts': TS },
    loaded: 'loaded.ts',
  },
}

type Start = (t: TestContext, dir: TempDir, entry: string) => Run

const node: Start = (t, { path }, entry) => start(t, [entry], { cwd: path })

const nodeWithTsx: Start = (t, { path }, entry) =>
  start(t, [entry], { cwd: path, flags: ['--import', import.meta.resolve('tsx')] })

const tsx: Start = (t, { path }, entry) =>
  startCommand(t, `${REPOSITORY}/node_modules/.bin/tsx`, [entry], { cwd: path })

check('node', node, JAVASCRIPT)
if (STRIPS_TYPES) check('node strips types', node, TYPESCRIPT)
check('node --import tsx', nodeWithTsx, WITH_LOADER)
check('tsx', tsx, {
  'static import': WITH_LOADER['static import'] as Program,
  'import without an extension, in CommonJS': WITH_LOADER[
    'import without an extension, in CommonJS'
  ] as Program,
})

function check(how: string, start: Start, programs: Record<string, Program>): void {
  const entries = new Set<string>()
  for (const [what, { entry, code, files, loaded, notOn }] of Object.entries(programs)) {
    const isAnother = !entries.has(entry)
    entries.add(entry)
    const skip = notOn?.[Number.parseInt(process.versions.node, 10)] ?? false
    test(`${how}: ${what}`, { skip }, async (t) => {
      const dir = tempDir(t, { ...appFiles(), ...files, [entry]: code })
      const app = start(t, dir, entry)
      await app.says('ready 1 first []')
      dir.write(loaded, readFileSync(dir.file(loaded), 'utf8').replace('first', 'second'))
      await app.says(`ready 2 second [modified ${basename(loaded)}]`)
      if (!isAnother) return // whatever it loads, it is noticed itself in the same way
      dir.write(entry, `${code}\n`)
      await app.says(`ready 3 second [modified ${entry}]`)
    })
  }
}

test('what a crashing program had loaded is reported, however large it is', async (t) => {
  const padding = `// ${'x'.repeat(100)}\n`.repeat(20_000)
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else {
  const { version } = await import('./deep/large.js')
  await run(version)
}
`,
      'deep/large.js': `${padding}throw new Error('on purpose')`,
    }),
  )
  const app = start(t, ['app.js'], { cwd: dir.path, env: { OPTIONS: '{"onCrash":"wait"}' } })
  await app.says('[exit75] the app exited with 1 · waiting for a change')
  dir.write('deep/large.js', `${padding}export const version = 'mended'`)
  await app.says('ready 2 mended')
})
