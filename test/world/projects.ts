/** What projects load their programs with: add the next one here, and its packages to packages.ts. */
import type { PackageName } from './packages.ts'

export interface Project {
  readonly packages?: readonly PackageName[]
  readonly flags?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Default: `app.ts`. */
  readonly entry?: string
  readonly files: Record<string, string>
  /** What stands in front of the command line: a launcher that starts Node. */
  readonly launcher?: readonly string[]
  /** The file that is edited: its `'a'` becomes another letter. Default: `version.ts`. */
  readonly edited?: string
  readonly links?: Record<string, string>
}

const TYPESCRIPT: readonly PackageName[] = ['typescript']
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

export const PROJECTS: Record<string, Project> = {
  'ts-node/register': {
    packages: [...TYPESCRIPT, 'ts-node'],
    flags: ['-r', 'ts-node/register'],
    files: COMMON_JS_PROJECT,
  },
  'ts-node/register/transpile-only in NODE_OPTIONS': {
    packages: [...TYPESCRIPT, 'ts-node'],
    env: { NODE_OPTIONS: '-r ts-node/register/transpile-only' },
    files: COMMON_JS_PROJECT,
  },
  '@swc-node/register': {
    packages: [...TYPESCRIPT, '@swc-node/register', '@swc/core'],
    flags: ['-r', '@swc-node/register'],
    files: COMMON_JS_PROJECT,
  },
  'esbuild-register': {
    packages: ['esbuild-register', 'esbuild'],
    flags: ['-r', 'esbuild-register'],
    files: COMMON_JS_PROJECT,
  },
  '@babel/register': {
    packages: ['@babel/core', '@babel/register', '@babel/plugin-transform-modules-commonjs'],
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
    packages: [...TYPESCRIPT, 'ts-node', 'tsconfig-paths'],
    flags: ['-r', 'ts-node/register/transpile-only', '-r', 'tsconfig-paths/register'],
    edited: 'src/version.ts',
    files: {
      ...COMMON_JS_PROJECT,
      'app.ts': COMMON_JS_APP.replace('./version', '#own/version'),
      'src/version.ts': COMMON_JS_PROJECT['version.ts'],
    },
  },
  'tsx, -r tsx/cjs': {
    packages: ['tsx'],
    flags: ['-r', 'tsx/cjs'],
    files: COMMON_JS_PROJECT,
  },
  'tsx, --import': {
    packages: ['tsx'],
    flags: ['--import', 'tsx'],
    files: {
      'package.json': '{"type":"module"}',
      'app.ts': PLAIN_APP("import { version } from './version.js'\nenum Kind { one }\nvoid Kind"),
      'version.ts': COMMON_JS_PROJECT['version.ts'],
    },
  },
  'ts-node/register, transpileOnly in tsconfig.json': {
    packages: [...TYPESCRIPT, 'ts-node'],
    flags: ['-r', 'ts-node/register'],
    files: {
      ...COMMON_JS_PROJECT,
      'tsconfig.json': JSON.stringify({ ...JSON.parse(TSCONFIG), 'ts-node': { transpileOnly: true } }),
    },
  },
  'sucrase/register': {
    packages: ['sucrase'],
    flags: ['-r', 'sucrase/register'],
    files: COMMON_JS_PROJECT,
  },
  'coffeescript/register': {
    packages: ['coffeescript'],
    flags: ['-r', 'coffeescript/register'],
    entry: 'app.coffee',
    edited: 'version.coffee',
    files: {
      'package.json': '{}',
      'app.coffee': "{version} = require './version'\nconsole.log 'ready', version\nsetInterval (->), 1000\n",
      'version.coffee': "exports.version = 'a'\n",
    },
  },
  'behind cross-env': {
    packages: ['cross-env'],
    launcher: ['cross-env', 'WORD=one'],
    entry: 'app.js',
    edited: 'version.js',
    files: {
      'package.json': '{}',
      'app.js': PLAIN_APP("const version = require('./version').version + ' ' + process.env.WORD"),
      'version.js': "exports.version = 'a'\n",
    },
  },
  'source-map-support': {
    packages: ['source-map-support'],
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
          packages: [...TYPESCRIPT, 'ts-node'],
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
