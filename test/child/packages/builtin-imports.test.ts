/** What an import by name gives of a module of Node's, of which something is replaced: as in a start without a standby. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { canImportAhead } from '../../../src/child/packages/builtin-imports.ts'
import { startCli } from '../../helpers/cli.ts'
import { hasLoadedAhead } from '../../helpers/standby.ts'
import type { Run } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

const STATIC = "import { escape } from 'node:querystring'; export const early = escape"
const DYNAMIC = "import { escape } from 'node:querystring'; export const late = escape"

interface Program {
  readonly app: string
  readonly skip?: boolean
  /** After the version. */
  readonly says: string
}

const PROGRAMS: Record<string, Program> = {
  'by a package after it was linked: the original': {
    app: `
      import 'replaces'
      import { early } from './static.mjs'
      const { late } = await import('./dynamic.mjs')
      console.log('runs', version, early('') === 'replaced', late('') === 'replaced')`,
    says: 'false false',
  },
  'by a package before it is imported: the replacement': {
    app: `
      import 'replaces'
      const { late } = await import('./dynamic.mjs')
      console.log('runs', version, late('') === 'replaced')`,
    says: 'true',
  },
  'by the app after it was linked: the original': {
    app: `
      import { early } from './static.mjs'
      import { createRequire } from 'node:module'
      createRequire(import.meta.url)('querystring').escape = () => 'replaced'
      const { late } = await import('./dynamic.mjs')
      console.log('runs', version, early('') === 'replaced', late('') === 'replaced')`,
    says: 'false false',
  },
  'by the app before it is imported: the replacement': {
    app: `
      import { createRequire } from 'node:module'
      createRequire(import.meta.url)('querystring').escape = () => 'replaced'
      const { late } = await import('./dynamic.mjs')
      console.log('runs', version, late('') === 'replaced')`,
    says: 'true',
  },
  'by the app, in one module before its import and in another after that': {
    app: `
      import { early } from './static.mjs'
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      require('querystring').escape = () => 'replaced'
      require('dgram').createSocket = () => 'replaced'
      const { createSocket } = await import('node:dgram')
      console.log('runs', version, early('') === 'replaced', createSocket('') === 'replaced')`,
    says: 'false true',
  },
  'behind an accessor': {
    app: `
      import { createRequire } from 'node:module'
      createRequire(import.meta.url)('events').defaultMaxListeners = 33
      const { defaultMaxListeners } = await import('node:events')
      console.log('runs', version, defaultMaxListeners)`,
    says: '33',
  },
  // Before Node 22.15 an import of it is not seen in time, and it has to be imported ahead: it opens standard input.
  'in the process': {
    skip: !canImportAhead,
    app: `
      const { process } = globalThis
      process.nextTick = () => 'replaced'
      const { nextTick } = await import('node:process')
      console.log('runs', version, nextTick === process.nextTick)`,
    says: 'true',
  },
  'as a whole, it is what it is now': {
    app: `
      import querystring from 'node:querystring'
      import 'replaces'
      console.log('runs', version, querystring.escape('') === 'replaced')`,
    says: 'true',
  },
}

/** Until the standby of the generation that runs has loaded what it can. */
const standbyOfThis = ({ output }: Run): Promise<unknown> =>
  until('a standby has loaded what it can', output, () =>
    hasLoadedAhead(output().slice(output().lastIndexOf('[exit75] generation '))),
  )

async function runs(t: TestContext, { app, says }: Program, words: readonly string[]): Promise<void> {
  const dir = tempDir(t, {
    'package.json': '{}',
    'app.mjs': `import { version } from './version.mjs'\n${app}\nsetInterval(() => {}, 1000)`,
    'static.mjs': STATIC,
    'dynamic.mjs': DYNAMIC,
    'version.mjs': "export const version = '1'",
    'node_modules/replaces/index.js': "require('querystring').escape = () => 'replaced'",
  })
  const run = startCli(t, [...words, 'app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says(`runs 1 ${says}`)
  for (const version of ['2', '3']) {
    await standbyOfThis(run)
    const since = run.output().slice(run.output().lastIndexOf('preload {"plan"'))
    assert.match(since, /^preload .*"url":"node:/)
    dir.write('version.mjs', `export const version = '${version}'`)
    await run.says(`runs ${version} ${says}`)
    assert.doesNotMatch(run.output(), /node:\w+ .* · not loaded ahead/)
  }
}

for (const [what, program] of Object.entries(PROGRAMS)) {
  test(`replaced ${what}`, { skip: program.skip ?? false }, (t) => runs(t, program, []))
  test(`replaced ${what}; with a loader`, { skip: program.skip ?? false }, (t) =>
    runs(t, program, ['node', '--import', import.meta.resolve('tsx')]),
  )
}

for (const words of [[], ['node', '--import', import.meta.resolve('tsx')]])
  test(`what takes long to import is imported ahead${words.length > 0 ? '; with a loader' : ''}`, {
    skip: !canImportAhead,
  }, async (t) => {
    const dir = tempDir(t, {
      'app.mjs': `
        import 'a-package'
        import { version } from './version.mjs'
        const isLoaded = process.moduleLoadList.some((name) => /undici$/.test(name))
        globalThis.process.getBuiltinModule('http').request = () => {} // for which it is not left out
        const { createServer } = await import('node:http')
        console.log('runs', version, isLoaded ? 'ahead' : 'cold', typeof createServer)
        setInterval(() => {}, 1000)`,
      'version.mjs': "export const version = '1'",
      'node_modules/a-package/index.js': '',
    })
    const run = startCli(t, [...words, 'app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
    await run.says('runs 1 cold function')
    for (const version of ['2', '3']) {
      await standbyOfThis(run)
      dir.write('version.mjs', `export const version = '${version}'`)
      await run.says(`runs ${version} ahead function`)
    }
  })

test('where ES modules cannot be required, they are loaded ahead without that', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': "import 'node:querystring'; console.log('runs'); setInterval(() => {}, 1000)",
  })
  const run = startCli(t, ['node', '--no-experimental-require-module', 'app.mjs'], {
    cwd: dir.path,
    env: { EXIT75_LOG: 'debug' },
  })
  await until('a standby has loaded it', run.output, () => hasLoadedAhead(run.output()))
  assert.doesNotMatch(run.output(), /not loaded ahead/)
})
