/** Packages of every kind: which are loaded ahead, which are left to the app, and that the app sees no difference. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCli } from '../../helpers/cli.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

/** Of what nothing is loaded in the app either. */
const NOT_TRIED = 'is not tried'

/** By name: the code of a package, and what is said of it. Null: it is loaded ahead. */
const PACKAGES: Readonly<Record<string, readonly [code: string, why: string | null]>> = {
  // Set at the launch: who was loaded before has another value.
  pure: ['Object.defineProperty(exports, "changes", { value: process.env.EXIT75_CHANGES })', null],
  'reads-a-variable': ['exports.level = process.env.NOT_SET_BY_ANYBODY ?? "none"', null],
  'lists-variables': ['exports.names = Object.keys(process.env).filter((name) => name === "DEBUG_A")', null],
  'lists-what-the-app-sets': [
    'exports.names = Object.keys(process.env).filter((name) => /^STAG/.test(name)).map((name) => process.env[name])',
    'reads STAGE, which the app sets',
  ],
  'reads-what-the-app-sets': ['exports.stage = process.env.STAGE', 'reads STAGE, which the app sets'],
  'reads-a-missing-global': ['exports.is = typeof neverThere', null],
  'reads-a-global-of-the-app': [
    'exports.is = typeof __APP__',
    'reads the global __APP__, which the app sets',
  ],
  'reads-a-replaced-global': ['exports.fetch = fetch', 'reads the global fetch, which the app sets'],
  'reads-a-global-that-node-loads-late': [
    'exports.response = Response',
    'reads the global Response, which the app sets',
  ],
  'reads-a-symbol-of-the-app': [
    'exports.is = typeof globalThis[Symbol.for("of.the.app")]',
    'reads the global @@of.the.app, which the app sets',
  ],
  'reads-a-polyfill': ['exports.is = typeof Object.ofTheApp', 'reads Object.ofTheApp, which the app changes'],
  'looks-for-a-polyfill': [
    'exports.is = "ofTheApp" in Array.prototype',
    'reads Array.prototype.ofTheApp, which the app changes',
  ],
  'reads-a-replaced-function': ['exports.trunc = Math.trunc', 'reads Math.trunc, which the app changes'],
  'formats-a-stack': [
    'exports.stack = new Error("one").stack.slice(0, 8)',
    'reads Error.prepareStackTrace, which the app changes',
  ],
  'reads-the-platform': ['exports.browser = process.browser', 'reads process.browser, which the app changes'],
  'reads-the-clock': ['exports.zone = new Date(0).getTimezoneOffset()', 'reads TZ, which the app sets'],
  configurable: [
    'let level = "quiet"; exports.configure = (now) => { level = now }; exports.level = () => level',
    null,
  ],
  'reads-what-is-configured': [
    'exports.level = require("configurable").level()',
    'is loaded after the app has set up configurable',
  ],
  'sets-a-global': ['globalThis.__mine ??= 1; exports.is = __mine', null],
  'sets-a-variable': ['process.env.MINE = "1"', null],
  'sets-a-variable-that-is-not-there': [
    'if (!Object.hasOwn(process.env, "MINE_TOO")) process.env.MINE_TOO = "1"; exports.mine = process.env.MINE_TOO',
    null,
  ],
  'reads-that-variable': ['exports.mine = process.env.MINE', null],
  writes: ['console.log("hello from a package")', 'writes output'],
  'writes-below': ['require("node:fs").writeSync(2, "hello from below\\n")', 'writes output'],
  'writes-a-file': ['require("node:fs").writeFileSync(__dirname + "/made", "")', 'writes a file'],
  'asks-for-a-terminal': ['exports.isTTY = process.stdout.isTTY', null],
  'has-standard-input': ['exports.isTTY = [process.stdin.isTTY, process.stdin.fd]', null],
  'reads-standard-input': ['process.stdin.on("data", () => {})', 'uses standard input'],
  'has-a-timer': ['setInterval(() => {}, 1e6)', 'leaves something running'],
  'has-a-quiet-timer': ['setInterval(() => {}, 1e6).unref()', 'leaves something running'],
  'had-a-timer': ['clearTimeout(setTimeout(() => {}, 1e6))', null],
  'has-a-server': ['require("node:net").createServer().listen(0).unref()', 'opens a socket'],
  listens: ['process.on("exit", () => {})', 'listens to events of the process'],
  'starts-a-process': ['require("node:child_process").execFileSync("true")', 'starts a process'],
  'adds-an-extension': ['require.extensions[".own"] = () => {}', 'changes the module system'],
  'has-a-title': ['process.title = "own title"', 'changes the process'],
  'looks-at-main': ['exports.main = require.main.filename', 'looks at require.main'],
  'compares-main': ['exports.isMain = require.main === module', null],
  'depends-on-one': ['exports.of = require("listens")', null],
  'throws-without-the-app': [
    'if (!globalThis.__APP__) throw new Error("not here")',
    'cannot be loaded alone',
  ],
  throws: ['throw new Error("not here")', NOT_TRIED],
  'replaces-a-global': [
    'globalThis.structuredClone = function ofAPackage() {}',
    'replaces structuredClone, which the app may use before',
  ],
  'replaces-both': [
    'require("node:http").request = () => {}; globalThis.File = class OfAPackage {}',
    'replaces File, which the app may use before',
  ],
  'replaces-nothing-after-it': ['exports.a = 1', null],
  'replaces-a-function': [
    'console.debug = function ofAPackage() {}',
    'replaces console.debug, which the app may use before',
  ],
  'adds-to-the-language': [
    'Object.defineProperty(String.prototype, "ofAPackage", { value: 1, configurable: true })',
    null,
  ],
  warns: ['process.emitWarning("deprecated by a package")', null],
}

const APP = `
  process.env.STAGE = 'development'
  globalThis.__APP__ = { name: 'app' }
  globalThis.fetch = function fetch() {}
  globalThis.Response = class OfTheApp {}
  process.env.TZ = 'Asia/Tokyo'
  globalThis[Symbol.for('of.the.app')] = 1
  Object.ofTheApp = Array.prototype.ofTheApp = () => 1
  Math.trunc = function ofTheApp() {}
  Error.prepareStackTrace = () => 'prepared'
  process.browser = true
  require('configurable').configure('loud')
  const seen = {}
  for (const name of ${JSON.stringify(Object.keys(PACKAGES))}) {
    let was = 'nothing'
    try { was = require(name) } catch (error) { was = error.message }
    seen[name] = JSON.stringify(was, (key, value) => typeof value === 'function' ? value.name : value)
  }
  seen.process = [process.title, typeof process.mainModule, require.main === module, process.env === process.env,
    Object.keys(process.env).includes('MINE'), typeof __mine, process.listenerCount('exit')]
  seen.streams = [Object.hasOwn(process.stdout, 'write'), process.emitWarning.name, typeof process.stdin]
  seen.replaced = [structuredClone.name, console.debug.name, ''.ofAPackage, File.name]
  seen.chain = Object.getPrototypeOf(Object.getPrototypeOf(globalThis)) === Object.prototype
  console.log('pure', require('pure').changes === process.env.EXIT75_CHANGES ? 'cold' : 'ahead')
  console.log('seen', JSON.stringify(seen), require('./version.cjs'))
  setInterval(() => {}, 1000)`

test('packages whose import is pure are loaded ahead, all others by the app, which sees no difference', async (t) => {
  const dir = tempDir(t, {
    'app.cjs': APP,
    'version.cjs': "module.exports = 'a'",
    ...Object.fromEntries(
      Object.entries(PACKAGES).flatMap(([name, [code]]) => [
        [`node_modules/${name}/index.js`, code],
        [`node_modules/${name}/package.json`, '{}'],
      ]),
    ),
    'node_modules/reads-what-is-configured/package.json': '{"dependencies":{"configurable":"1"}}',
  })
  const run = startCli(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  const cold = await run.says(/^seen (.*) a$/m)
  // The first standby finds out what is not pure; what depends on that shows when it is left out.
  // One that was begun before the app had told what it loads is ready as well, and loads nothing.
  await run.says(/→ child (\d+) preload \{"plan":\{"packages":\[\{[\s\S]*?standby \1 is ready/)
  dir.write('version.cjs', "module.exports = 'b'")
  await run.says('pure ahead')
  const ahead = await run.says(/^seen (.*) b$/m)
  assert.deepEqual(JSON.parse(ahead[1] as string), JSON.parse(cold[1] as string))

  for (const [name, [, why]] of Object.entries(PACKAGES)) {
    const [, said] =
      new RegExp(`^\\[exit75\\] ${name} (.*) · not loaded ahead$`, 'm').exec(run.output()) ?? []
    const expected = name === 'depends-on-one' ? 'listens to events of the process' : why
    assert.equal(said ?? null, expected === NOT_TRIED ? null : expected, name)
    if (why === NOT_TRIED)
      assert.ok(!run.output().includes(`loading {"url":"file://${dir.path}/node_modules/${name}/`))
  }
  await until('both have warned', run.output, () => run.count(/Warning: deprecated by a package/) === 2)
  for (const once of ['hello from a package', 'hello from below']) assert.equal(run.count(once), 2, once)
})
