/**
 * `npm run build`: one file per entry in dist, because every file more costs each process of a program a part of a
 * millisecond. Each is whole in itself; what they share in a process is in the registry (src/registry.ts).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { bundleTypes } from './bundle-types.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const typesOfFiles = join(root, 'node_modules/.cache/exit75-types')

/** For the coverage: in minified code the lines of the sources are not told apart. */
const isReadable = process.argv.includes('--readable')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const define = { VERSION_IN_PACKAGE: JSON.stringify(version) }
const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  // Each process of a program reads and parses this. Names stay, for stack traces and what an error is called.
  minifyWhitespace: !isReadable,
  minifySyntax: !isReadable,
  lineLimit: 160,
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  define,
}
/** What one bundle leaves to another: the preload the app's interface, and the command's file the command. */
const otherBundle = {
  name: 'other-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/index\.ts$/ }, () => ({ path: './index.js', external: true }))
    onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './command.cjs', external: true }))
  },
}
/**
 * Gives ES modules what Node's own modules export without `import`: for that Node reads all that one exports, which
 * loads what `node:fs` and others load when it is asked for, and fixes what all later imports get, before the preload has
 * replaced some of it.
 */
const plainBuiltins = {
  name: 'plain-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin', sideEffects: false }))
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const names = Object.getOwnPropertyNames(process.getBuiltinModule(path)).filter((name) => /^[A-Za-z]+\d*$/.test(name))
      const value = (name) => `const _${name} = /* @__PURE__ */ of('${name}')\nexport { _${name} as ${name} }`
      const all = `const all = /* @__PURE__ */ process.getBuiltinModule('${path}')\nexport default all`
      return { contents: [all, 'const of = (name) => all[name]', ...names.map(value)].join('\n') }
    })
  },
}
/** A default import of one of Node's modules would be a copy, for which all is loaded that it exports lazily. */
const plainRequires = {
  name: 'plain-requires',
  setup({ onLoad }) {
    const plain = (_, name, others, from) =>
      `import ${name} = require(${from})${others === undefined ? '' : `; import ${others} from ${from}`}`
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8')
      return { loader: 'ts', contents: code.replace(/^import (\w+)(?:, (\{.*\}))? from ('node:.*')/gm, plain) }
    })
  },
}
/**
 * What only Node itself starts: without its loader of ES modules a process begins a tenth of a Node start earlier,
 * mostly because an ES module that imports `node:fs` makes Node read all that this exports.
 */
const inCommonJs = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { ...define, 'import.meta.url': 'ownUrl' },
  banner: { js: "const ownUrl = require('node:url').pathToFileURL(__filename).href" },
  plugins: [otherBundle, plainRequires],
}

const results = await Promise.all([
  build({
    ...common,
    format: 'esm',
    plugins: [plainBuiltins],
    entryPoints: {
      index: 'src/index.ts',
      register: 'src/register.ts',
      run: 'src/run-process/index.ts',
      'resolve-hook': 'src/child/resolve-hook.ts',
      'run-function': 'src/run-process/run-function.ts',
    },
  }),
  build({
    ...common,
    format: 'esm',
    plugins: [otherBundle, plainBuiltins],
    entryPoints: { preload: 'src/child/preload-import.ts', 'observe-loader': 'src/child/observe-loader.ts' },
    outExtension: { '.js': '.mjs' },
  }),
  build({
    ...common,
    ...inCommonJs,
    supported: { 'dynamic-import': false },
    entryPoints: { cli: 'src/cli/bin.ts', command: 'src/cli/main.ts', parent: 'src/parent/index.ts', watcher: 'src/child/watcher/thread.ts' },
  }),
  build({
    ...common,
    ...inCommonJs,
    entryPoints: { preload: 'src/child/preload-require.ts', 'observe-reads': 'src/child/observe-reads.ts' },
  }),
  emitTypes(),
  writeSchema(),
])
chmodSync(join(dist, 'cli.cjs'), 0o755)
writeFileSync(join(dist, 'cli.js'), "import './cli.cjs'\n") // where the command was, for who has its path somewhere
const types = bundleTypes(typesOfFiles, dist, {
  index: 'index.d.ts',
  register: 'register.d.ts',
  run: 'run-process/index.d.ts',
})
const forRequire = ['index', 'register', 'run'].flatMap(writeForRequire)
const bundles = results.flatMap((result) => Object.keys(result?.metafile.outputs ?? {}).map((path) => basename(path)))
// A few kilobytes, in which no line is far from its beginning; the coverage needs the maps of all. That of preload.mjs, most
// of whose code is in preload.cjs, is not published, but tells a test what the bundle is made of.
const withoutMap = isReadable ? [] : ['cli.cjs', 'preload.mjs', 'observe-loader.mjs', 'observe-reads.cjs', 'resolve-hook.js', 'run-function.js']
for (const name of withoutMap) removeReferenceToMap(join(dist, name))
const made = new Set([
  ...bundles.filter((name) => name === 'preload.mjs.map' || !withoutMap.some((one) => name === `${one}.map`)),
  ...types,
  ...forRequire,
  'cli.js',
])
// What an earlier build has left; not all of it before this one, for those who run it meanwhile.
for (const name of readdirSync(dist)) if (!made.has(name)) rmSync(join(dist, name), { recursive: true })

function removeReferenceToMap(path) {
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^\/\/# sourceMappingURL=.*\n/m, ''))
}

/**
 * For `require` where the condition `module-sync` of package.json is unknown (older Nodes, tools that resolve by
 * themselves): gives the ES module if that can be loaded so, else an error that names the version. With types.
 */
function writeForRequire(name) {
  const file = `require-${name}.cjs`
  writeFileSync(
    join(dist, file),
    `'use strict'
try {
  module.exports = require("./${name}.js")
} catch (error) {
  if (error.code !== 'ERR_REQUIRE_ESM') throw error
  const needs = "require('exit75') needs Node 20.19 or newer, of Node 22 at least 22.12"
  const tooOld = new Error(needs + ', but this is Node ' + process.version + ': update Node, or leave exit75 out here')
  tooOld.stack = 'Error: ' + tooOld.message
  throw tooOld
}
`,
  )
  const ofTypes = `${name}.d.cts`
  copyFileSync(join(dist, `${name}.d.ts`), join(dist, ofTypes))
  return [file, ofTypes]
}

/** One declaration file for each source file. */
async function emitTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = ['-p', '.config/tsconfig.build.json', '--outDir', typesOfFiles]
  const [status] = await once(spawn(process.execPath, [tsc, ...args], { cwd: root, stdio: 'inherit' }), 'exit')
  if (status !== 0) process.exit(1)
}

/** What editors check a configuration with; made of the table of options. */
async function writeSchema() {
  const module = join(root, 'node_modules/.cache/exit75-schema.mjs')
  await build({ ...common, outdir: undefined, format: 'esm', entryPoints: ['src/options/schema.ts'], outfile: module })
  const { configSchema } = await import(pathToFileURL(module).href)
  const source = readFileSync(join(root, 'src/options/interface.ts'), 'utf8')
  writeFileSync(join(root, 'config.schema.json'), `${JSON.stringify(configSchema(source), null, 2)}\n`)
}
