/**
 * What projects load their programs with, from pinned packages: each starts as it does without exit75, restarts once
 * for each edit, from a standby, and ends as it would. Add the next one to the table.
 */
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { installInto } from '../helpers/install.ts'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

interface Project {
  readonly packages?: readonly string[]
  readonly flags?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Default: `app.ts`. */
  readonly entry?: string
  readonly files: Record<string, string>
  /** The file that is edited, and what makes it version b. Default: `version.ts`. */
  readonly edited?: string
  readonly links?: Record<string, string>
}

const TYPESCRIPT = ['typescript@5.9.3']
const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: 'es2022',
    module: 'commonjs',
    moduleResolution: 'node10',
    esModuleInterop: true,
    experimentalDecorators: true,
    skipLibCheck: true,
    strict: true,
    types: [],
    lib: ['es2022', 'dom'],
    baseUrl: '.',
    paths: { '#own/*': ['src/*'] },
  },
})
/** What only a loader understands: an enum, a decorator, and an import without an extension. */
const COMMON_JS_APP = `
import { version } from './version'
declare const module: { parent?: unknown }
declare const require: { main: unknown }
enum Kind { server = 'server' }
function noted(target: unknown, name: string): void { void target; void name }
class App { @noted run(): string { return Kind.server } }
console.log('ready', version, new App().run(), module.parent === null || module.parent === undefined, require.main === module)
setInterval(() => {}, 1000)
`
const COMMON_JS_PROJECT = {
  'package.json': '{}',
  'tsconfig.json': TSCONFIG,
  'app.ts': COMMON_JS_APP,
  'version.ts': "export const version: string = 'a'\n",
}
const PLAIN_APP = (load: string) => `${load}\nconsole.log('ready', version)\nsetInterval(() => {}, 1000)\n`

const PROJECTS: Record<string, Project> = {
  'ts-node/register': {
    packages: [...TYPESCRIPT, 'ts-node@10.9.2'],
    flags: ['-r', 'ts-node/register'],
    files: COMMON_JS_PROJECT,
  },
  'ts-node/register/transpile-only in NODE_OPTIONS': {
    packages: [...TYPESCRIPT, 'ts-node@10.9.2'],
    env: { NODE_OPTIONS: '-r ts-node/register/transpile-only' },
    files: COMMON_JS_PROJECT,
  },
  '@swc-node/register': {
    packages: [...TYPESCRIPT, '@swc-node/register@1.12.1', '@swc/core@1.16.22'],
    flags: ['-r', '@swc-node/register'],
    files: COMMON_JS_PROJECT,
  },
  'esbuild-register': {
    packages: ['esbuild-register@3.6.0', 'esbuild@0.28.2'],
    flags: ['-r', 'esbuild-register'],
    files: COMMON_JS_PROJECT,
  },
  '@babel/register': {
    packages: [
      '@babel/core@8.1.3',
      '@babel/register@8.0.6',
      '@babel/plugin-transform-modules-commonjs@8.1.2',
    ],
    flags: ['-r', '@babel/register'],
    entry: 'app.js',
    edited: 'version.js',
    files: {
      'package.json': '{}',
      '.babelrc': '{"plugins":["@babel/plugin-transform-modules-commonjs"]}',
      'app.js': PLAIN_APP("import { version } from './version'"),
      'version.js': "export const version = 'a'\n",
    },
  },
  'tsconfig-paths/register beside ts-node': {
    packages: [...TYPESCRIPT, 'ts-node@10.9.2', 'tsconfig-paths@4.2.0'],
    flags: ['-r', 'ts-node/register/transpile-only', '-r', 'tsconfig-paths/register'],
    edited: 'src/version.ts',
    files: {
      ...COMMON_JS_PROJECT,
      'app.ts': COMMON_JS_APP.replace('./version', '#own/version'),
      'src/version.ts': COMMON_JS_PROJECT['version.ts'],
    },
  },
  'tsx, -r tsx/cjs': {
    packages: ['tsx@4.23.15'],
    flags: ['-r', 'tsx/cjs'],
    files: COMMON_JS_PROJECT,
  },
  'tsx, --import': {
    packages: ['tsx@4.23.15'],
    flags: ['--import', 'tsx'],
    files: {
      'package.json': '{"type":"module"}',
      'app.ts': PLAIN_APP("import { version } from './version.js'\nenum Kind { one }\nvoid Kind"),
      'version.ts': COMMON_JS_PROJECT['version.ts'],
    },
  },
  'source-map-support': {
    packages: ['source-map-support@0.5.21'],
    flags: ['-r', 'source-map-support/register'],
    entry: 'app.js',
    edited: 'version.js',
    files: {
      'package.json': '{}',
      'app.js': PLAIN_APP("const { version } = require('./version')"),
      'version.js': "exports.version = 'a'\n",
    },
  },
  'an entry without its extension': {
    entry: 'app',
    edited: 'version.js',
    files: {
      'package.json': '{}',
      'app.js': PLAIN_APP("const { version } = require('./version')"),
      'version.js': "exports.version = 'a'\n",
    },
  },
  'a directory with main': {
    entry: 'server',
    edited: 'server/lib/version.js',
    files: {
      'server/package.json': '{"main":"lib/start"}',
      'server/lib/start.js': PLAIN_APP("const { version } = require('./version')"),
      'server/lib/version.js': "exports.version = 'a'\n",
    },
  },
  'a link as entry': {
    entry: 'link.js',
    edited: 'real/version.js',
    files: {
      'real/app.js': PLAIN_APP("const { version } = require('./version')"),
      'real/version.js': "exports.version = 'a'\n",
    },
    links: { 'link.js': 'real/app.js' },
  },
  'a link as entry, --preserve-symlinks-main': {
    entry: 'link.js',
    flags: ['--preserve-symlinks-main', '--preserve-symlinks'],
    edited: 'version.js',
    files: {
      'real/app.js': PLAIN_APP("const { version } = require('./version')"),
      'version.js': "exports.version = 'a'\n",
    },
    links: { 'link.js': 'real/app.js' },
  },
  '--conditions': {
    entry: 'app.mjs',
    flags: ['--conditions', 'development'],
    edited: 'dev.mjs',
    files: {
      'package.json': '{"imports":{"#version":{"development":"./dev.mjs","default":"./missing.mjs"}}}',
      'app.mjs': PLAIN_APP("import { version } from '#version'"),
      'dev.mjs': "export const version = 'a'\n",
    },
  },
  ...(process.features.typescript === 'strip'
    ? {
        '.mts': {
          entry: 'app.mts',
          edited: 'version.mts',
          files: {
            'app.mts': PLAIN_APP("import { version } from './version.mts'"),
            'version.mts': "export const version: string = 'a'\n",
          },
        },
        '.cts': {
          entry: 'app.cts',
          edited: 'version.cts',
          files: {
            'app.cts': PLAIN_APP("const { version }: { version: string } = require('./version.cts')"),
            'version.cts': "exports.version = 'a' as string\n",
          },
        },
      }
    : {}),
  ...(Number(process.versions.node.split('.')[0]) < 24
    ? {
        'ts-node/esm': {
          packages: [...TYPESCRIPT, 'ts-node@10.9.2'],
          flags: ['--loader', 'ts-node/esm/transpile-only', '--no-warnings'],
          files: {
            'package.json': '{"type":"module"}',
            'tsconfig.json': JSON.stringify({
              compilerOptions: { target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext' },
              'ts-node': { esm: true },
            }),
            'app.ts': PLAIN_APP("import { version } from './version.js'\nenum Kind { one }\nvoid Kind"),
            'version.ts': COMMON_JS_PROJECT['version.ts'],
          },
        } satisfies Project,
      }
    : {}),
}

for (const [what, project] of Object.entries(PROJECTS)) {
  const {
    packages = [],
    flags = [],
    env = {},
    entry = 'app.ts',
    files,
    edited = 'version.ts',
    links,
  } = project
  test(`${what}: starts as without exit75, restarts once from a standby, ends as it does`, async (t) => {
    const dir = tempDir(t, files)
    if (packages.length > 0) installInto(dir.path, packages)
    for (const [name, to] of Object.entries(links ?? {})) symlinkSync(to, dir.file(name))
    const plain = start(t, [entry], { cwd: dir.path, flags, env })
    const [expected] = await plain.says(/^ready a.*\n/)
    plain.signal('SIGKILL')

    const app = start(t, [entry], {
      cwd: dir.path,
      flags: ['--import', 'exit75/register', ...flags],
      env: { ...env, EXIT75_LOG: 'debug' },
    })
    assert.equal((await app.says(/^ready a.*\n/))[0], expected)
    const source = files[edited] as string
    for (const next of ['b', 'c']) {
      await app.says(/standby \d+ is ready/)
      dir.write(edited, source.replace("'a'", `'${next}'`))
      assert.equal((await app.says(/^ready .*\n/))[0], String(expected).replace('ready a', `ready ${next}`))
    }
    assert.equal(app.count(/did not begin|no longer useful/), 0, app.output())
    app.signal('SIGINT')
    const plainEnd = { code: null, signal: 'SIGINT' }
    assert.deepEqual(await app.ended, plainEnd, app.output())
    assert.equal(app.count(/^ready /), 3, app.output())
  })
}
