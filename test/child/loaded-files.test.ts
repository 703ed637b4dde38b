/** Every kind of load is noticed: ES modules, CommonJS, JSON, TypeScript, threads, and mixtures. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { appFiles, STRIPS_TYPES } from '../helpers/app.ts'
import { atOnce, type Run, type StartOptions, start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

/** A module that loads something, and so comes to a version; its files lie in a folder of their own. */
interface Kind {
  readonly index: string
  readonly code: string
  readonly files: Record<string, string>
  /** The file that holds the word `first`. */
  readonly loaded: string
  /** Why this cannot work, by the major version of Node. */
  readonly notOn?: Record<number, string>
}

/** An entry that loads these, one after the other. */
type Entry = (indexes: readonly string[]) => string

const esmEntry: Entry = (indexes) => `
import { changes, PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else {
  const words = []
  for (const index of ${JSON.stringify(indexes)}) words.push((await import(index)).version)
  console.log('causes', JSON.stringify(changes().map(({ path }) => path)))
  await run(words.join())
}
`

const cjsEntry: Entry = (indexes) => `
const { changes, PARENT } = require('exit75')
const { launch, run } = require('./kit.mjs')
if (PARENT) launch()
else main()
async function main() {
  const words = []
  for (const index of ${JSON.stringify(indexes)}) words.push(await require(index).version)
  console.log('causes', JSON.stringify(changes().map(({ path }) => path)))
  await run(words.join())
}
`

/** In a package of CommonJS. */
const typedEntry: Entry = ([index]) => `
import { changes, PARENT } from 'exit75'
import { version } from '${index}'
const { launch, run } = require('./kit.mjs')
if (PARENT) launch()
else {
  console.log('causes', JSON.stringify(changes().map(({ path }) => path)))
  run(version)
}
`

const ESM = `export const version = 'first'\n`
const CJS = `exports.version = 'first'\n`
const JSON_FILE = '{\n  "version": "first"\n}\n'
const TS = `type Word = string\nexport const version: Word = 'first'\n`

/** An ES module; `imports` or `code` gives it `version`. */
const fromEsm = (
  imports: string,
  code: string,
  files: Record<string, string>,
  loaded = Object.keys(files).at(-1) as string,
): Kind => ({
  index: 'index.js',
  code: `${imports}
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
const require = createRequire(import.meta.url)
const fromWorker = (name) =>
  new Promise((resolve) => new Worker(new URL(name, import.meta.url)).on('message', resolve))
${code}
export { version }
`,
  files,
  loaded,
})

const fromCjs = (
  code: string,
  files: Record<string, string>,
  loaded = Object.keys(files).at(-1) as string,
): Kind => ({
  index: 'index.cjs',
  code: `
const { Worker } = require('node:worker_threads')
const fromWorker = (name) =>
  new Promise((resolve) => new Worker(__dirname + '/' + name).on('message', resolve))
exports.version = main()
async function main() {
  ${code}
  return version
}
`,
  files,
  loaded,
})

const WORKER = `
import { parentPort } from 'node:worker_threads'
import { version } from './loaded.js'
parentPort.postMessage(version)
`

const LINKING = 'after an --import it cannot require an ES module of several files from a .cts file'
const HIDDEN = 'it asks no hook about the imports of an ES module that was required'

const ES_MODULES: Record<string, Kind> = {
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
}

const COMMONJS: Record<string, Kind> = {
  'require of a directory': fromCjs(`const { version } = require('./loaded')`, {
    'package.json': '{}',
    'loaded/index.js': CJS,
  }),
  'require of JSON': fromCjs(`const { version } = require('./loaded')`, {
    'loaded.json': JSON_FILE,
  }),
  'require when it is needed': fromCjs(`await 1; const version = (() => require('./loaded.cjs').version)()`, {
    'loaded.cjs': CJS,
  }),
  'require of an ES module': fromCjs(`const { version } = require('./loaded.mjs')`, {
    'loaded.mjs': ESM,
  }),
  'require of an ES module that imports': {
    ...fromCjs(`const { version } = require('./one.mjs')`, {
      'one.mjs': `export * from './loaded.js'`,
      'loaded.js': ESM,
    }),
    notOn: { 20: HIDDEN },
  },
  'dynamic import': fromCjs(`const { version } = await import('./loaded.js')`, {
    'loaded.js': ESM,
  }),
  'dynamic import of JSON': fromCjs(
    `const { version } = (await import('./loaded.json', { with: { type: 'json' } })).default`,
    { 'loaded.json': JSON_FILE },
  ),
  'require in a worker thread': fromCjs(`const version = await fromWorker('worker.cjs')`, {
    'worker.cjs': `
const { parentPort } = require('node:worker_threads')
parentPort.postMessage(require('./loaded.json').version)`,
    'loaded.json': JSON_FILE,
  }),
}

/** In TypeScript that Node can strip, and every loader understands. */
const typed = (kind: Kind, index = 'index.ts'): Kind => ({
  ...kind,
  index,
  code: kind.code.replaceAll('(name)', '(name: string): Promise<any>'),
})

const TYPED_ES_MODULES: Record<string, Kind> = {
  'static import': typed(fromEsm(`import { version } from './loaded.ts'`, '', { 'loaded.ts': TS })),
  'dynamic import': typed(
    fromEsm('', `const { version } = await import('./loaded.ts')`, { 'loaded.ts': TS }),
  ),
  'import of JSON': typed(ES_MODULES['import of JSON'] as Kind),
  'import of JavaScript': typed(ES_MODULES['static import'] as Kind, 'index.mts'),
  'import of CommonJS': typed(
    fromEsm(`import one from './one.cts'\nconst { version } = one`, '', {
      'one.cts': `const { version } = require('./loaded.cts')\nmodule.exports = { version: version as string }`,
      'loaded.cts': `module.exports.version = 'first' as string\n`,
    }),
  ),
  'require of JSON': typed(ES_MODULES['require of JSON by an ES module'] as Kind),
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

const TYPED_COMMONJS: Record<string, Kind> = {
  require: {
    ...typed(
      fromCjs(`const { version }: { version: string } = require('./loaded.cts')`, {
        'loaded.cts': `module.exports.version = 'first' as string\n`,
      }),
      'index.cts',
    ),
    notOn: { 20: LINKING, 22: LINKING },
  },
}

/** What only a loader can do: find a source by the name of the output, enums. */
const WITH_LOADER: Record<string, Kind> = {
  ...TYPED_ES_MODULES,
  'import by the name of the output': typed(
    fromEsm(`import { version } from './loaded.js'`, '', {
      'loaded.ts': `enum Word { One = 'first' }\nexport const version: string = Word.One\n`,
    }),
  ),
}

const TYPED_IN_COMMONJS: Record<string, Kind> = {
  'import without an extension': {
    index: 'index.ts',
    code: `import { version } from './loaded'\nexport { version }`,
    files: { 'package.json': '{}', 'loaded.ts': TS },
    loaded: 'loaded.ts',
  },
}

type Start = (t: TestContext, entry: string, options: StartOptions) => Run

const node: Start = (t, entry, options) => start(t, [entry], options)

const nodeWithTsx: Start = (t, entry, options) =>
  start(t, [entry], { ...options, flags: ['--import', import.meta.resolve('tsx')] })

/** On the Node of the test, whichever one is in PATH. */
const tsx: Start = (t, entry, options) =>
  start(t, [join(REPOSITORY, 'node_modules/.bin/tsx'), entry], options)

check('node', node, 'app.js', esmEntry, ES_MODULES)
check('node', node, 'app', cjsEntry, COMMONJS)
if (STRIPS_TYPES) {
  check('node strips types', node, 'app.mts', esmEntry, TYPED_ES_MODULES)
  check('node strips types', node, 'app.cts', cjsEntry, TYPED_COMMONJS)
}
check('node --import tsx', nodeWithTsx, 'app.ts', esmEntry, WITH_LOADER)
check('node --import tsx', nodeWithTsx, 'app.cts', cjsEntry, TYPED_COMMONJS)
check('node --import tsx', nodeWithTsx, 'app.ts', typedEntry, TYPED_IN_COMMONJS)
check('tsx', tsx, 'app.ts', esmEntry, WITH_LOADER)
check('tsx', tsx, 'app.ts', typedEntry, TYPED_IN_COMMONJS)

/** Everything is edited at once: what is not among the causes of the restart was not noticed. */
function check(how: string, start: Start, entry: string, code: Entry, all: Record<string, Kind>): void {
  const major = Number.parseInt(process.versions.node, 10)
  const kinds = Object.entries(all).filter(([, { notOn }]) => notOn?.[major] === undefined)
  if (kinds.length === 0) return
  // The second generation was a standby, which has loaded nothing of this: it is enough to see that once.
  const generations = start === node ? 3 : 2
  const isCommonJs = code !== esmEntry
  test(`${how} ${entry}, ${isCommonJs ? 'CommonJS' : 'ES modules'}: whatever is loaded is noticed`, async (t) => {
    const folder = (what: string) => `kinds/${what.replaceAll(/\W+/g, '-')}`
    const indexes = kinds.map(([what, { index }]) => `./${folder(what)}/${index}`)
    const dir = tempDir(t, {
      ...appFiles({ 'package.json': isCommonJs ? '{}' : '{"type":"module"}', [entry]: code(indexes) }),
    })
    for (const [what, { index, code, files }] of kinds) {
      const own = { 'package.json': '{"type":"module"}', ...files, [index]: code }
      for (const [name, text] of Object.entries(own)) dir.write(`${folder(what)}/${name}`, text)
    }
    const app = start(t, entry, { cwd: dir.path, env: { EXIT75_STANDBY: generations > 2 ? '1' : '0' } })
    const says = async (generation: number, word: string) => {
      const [, causes] = await app.says(/^causes (.*)/)
      await app.says(new RegExp(`^ready ${generation} ${kinds.map(() => word).join()} `))
      return (JSON.parse(causes as string) as string[]).map((path) => relative(dir.path, path))
    }
    assert.deepEqual(await says(1, 'first'), [])
    const edited = [entry, ...kinds.map(([what, { loaded }]) => `${folder(what)}/${loaded}`)]
    const words = ['first', 'second', 'third']
    const noticed: string[][] = []
    for (let generation = 2; generation <= generations; generation += 1) {
      const [before = '', after = ''] = words.slice(generation - 2)
      atOnce(app, () => {
        for (const name of edited) {
          const text = readFileSync(dir.file(name), 'utf8')
          dir.write(name, name === entry ? `${text}\n` : text.replace(before, after))
        }
      })
      noticed.push(await says(generation, after))
    }
    for (const [what, { loaded }] of kinds) {
      await t.test(what, () => {
        const path = `${folder(what)}/${loaded}`
        assert.ok(
          noticed.every((causes) => causes.includes(path)),
          JSON.stringify(noticed),
        )
      })
    }
    for (const causes of noticed) assert.deepEqual(causes.sort(), edited.sort())
  })
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
