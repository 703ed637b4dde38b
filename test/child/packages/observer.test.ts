/** What is seen of a package while it is loaded, here in the test's own process. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import fs, { existsSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import Module from 'node:module'
import net from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import {
  changedSince,
  completed,
  currentGlobals,
  type Globals,
  withOriginals,
} from '../../../src/child/packages/globals.ts'
import { loadAhead } from '../../../src/child/packages/load-ahead.ts'
import { type Observer, observe } from '../../../src/child/packages/observer.ts'
import { isSame, readableState } from '../../../src/child/packages/process-state.ts'
import { changedProperties, propertiesNow } from '../../../src/child/packages/properties.ts'
import { outdatedReads } from '../../../src/child/packages/set-up.ts'
import { requireAs } from '../../../src/child/packages/stand-in.ts'
import type { LoadPlan } from '../../../src/protocol/packages.ts'
import { typeScriptFlags } from '../../helpers/nodes.ts'
import { REPOSITORY, tempDir } from '../../helpers/temp-dir.ts'

const globals = globalThis as Record<string, unknown>

/** Acts as the import of a package would, and returns what was seen. */
function seen(
  act: () => unknown,
  { watched = [] as string[], later = [] as string[], changed = [] as string[], hasMain = false } = {},
) {
  const files: string[] = []
  const observer = observe({
    globals: watched,
    variables: later,
    properties: changed,
    hasMain,
    onFile: (path) => files.push(path),
  }) as Observer
  try {
    const end = observer.begin('a-package')
    try {
      act()
    } catch {
      // as a package that fails: what it has done counts
    }
    const why = end()
    const reads = observer.reads.get('a-package')
    return {
      ...{ why, files, variables: [...(reads?.variables ?? [])] },
      ...{ globals: [...(reads?.globals ?? [])], properties: [...(reads?.properties ?? [])] },
    }
  } finally {
    observer.end()
  }
}

const EFFECTS: readonly (readonly [what: string, act: () => unknown, why: string | undefined])[] = [
  ['nothing', () => 1 + 1, undefined],
  ['a file is written', () => writeFileSync('/nowhere/at/all', ''), 'writes a file'],
  ['a file is opened for writing', () => fs.openSync('/nowhere/at/all', 'a'), 'writes a file'],
  ['a folder is made', () => fs.mkdirSync('/nowhere/at/all'), 'writes a file'],
  ['a process is run', () => execFileSync('true'), 'starts a process'],
  ['a process is started', () => spawn('true').on('error', () => {}), 'starts a process'],
  [
    'a server listens',
    () =>
      net
        .createServer()
        .on('error', () => {})
        .listen(0),
    'opens a socket',
  ],
  [
    'a connection is opened',
    () => net.connect(1, '127.0.0.1').on('error', () => {}),
    'leaves something running',
  ],
  ['stdout is written to', () => process.stdout.write('not to be seen\n', () => {}), 'writes output'],
  ['stderr is written to, below the stream', () => fs.writeSync(2, 'not to be seen\n'), 'writes output'],
  ['the width of the terminal is asked for', () => process.stdout.columns, undefined],
  ['a listener is added', () => process.on('exit', leave), 'listens to events of the process'],
  ['a timer is left', () => timers.push(setInterval(() => {}, 1e6)), 'leaves something running'],
  [
    'a timer is left that does not keep the process alive',
    () => timers.push(setInterval(() => {}, 1e6).unref()),
    'leaves something running',
  ],
  ['a timer is cleared again', () => clearTimeout(setTimeout(() => {}, 1e6)), undefined],
  [
    'a file is watched that does not keep the process alive',
    () => fs.watch('.', { persistent: false }).close(),
    'leaves something running',
  ],
  [
    'a thread is started that does not keep the process alive',
    () => void new Worker('', { eval: true }).unref(),
    'leaves something running',
  ],
  [
    'the delays of the event loop are measured',
    () => void monitorEventLoopDelay().enable(),
    'leaves something running',
  ],
  [
    'uncaught errors are taken',
    () => process.setUncaughtExceptionCaptureCallback(() => {}),
    'changes the process',
  ],
  ['the title is set', () => (process.title = 'other'), 'changes the process'],
  ['arguments are added', () => process.argv.push('--more'), 'changes the arguments'],
  ['the module system is changed', () => patch(Module, '_load'), 'changes the module system'],
  ['it warns', () => process.emitWarning('not to be seen before the launch'), undefined],
]
const timers: NodeJS.Timeout[] = []
const leave = () => {}
const undo: (() => void)[] = []
function patch(object: object, name: string): void {
  const methods = object as Record<string, (...args: unknown[]) => unknown>
  const original = methods[name] as (...args: unknown[]) => unknown
  methods[name] = function (this: unknown, ...args: unknown[]) {
    return original.apply(this, args)
  }
  undo.push(() => {
    methods[name] = original
  })
}

for (const [what, act, why] of EFFECTS)
  test(`observed: ${what}`, (t) => {
    const { title, argv } = process
    const before = [...argv]
    t.after(() => {
      process.title = title
      argv.splice(0, argv.length, ...before)
      process.off('exit', leave)
      process.setUncaughtExceptionCaptureCallback(null)
      for (const timer of timers.splice(0)) clearInterval(timer)
      for (const restore of undo.splice(0)) restore()
    })
    assert.equal(seen(act).why, why)
  })

test('where the working directory is removed, nothing fails', (t) => {
  const before = process.cwd()
  t.after(() => process.chdir(before))
  const dir = tempDir(t, { 'gone/file': '' })
  process.chdir(dir.file('gone'))
  dir.remove('gone') // nobody has asked for its name since the change, or Node would remember it
  assert.throws(() => process.cwd())
  assert.equal(seen(() => {}).why, undefined)
  assert.ok(isSame(readableState(), readableState()))
})

test('observed: variables, by every way that asks for them', () => {
  const { variables } = seen(() => {
    void process.env.ONE
    void ('TWO' in process.env)
    void Object.getOwnPropertyDescriptor(process.env, 'THREE')
    process.env.OF_A_PACKAGE = '1'
  })
  assert.deepEqual(variables, ['ONE', 'TWO', 'THREE'])
  assert.equal(process.env.OF_A_PACKAGE, '1')
  delete process.env.OF_A_PACKAGE
})

test('observed: globals that there are not, and those that the app may have set', () => {
  const { globals: read } = seen(
    () => {
      void globals.neverThere
      void ('norThis' in globalThis)
      void globals.structuredClone
      void globals.queueMicrotask
    },
    { watched: ['structuredClone'] },
  )
  assert.deepEqual(read, ['neverThere', 'norThis', 'structuredClone'])
  assert.equal(typeof structuredClone, 'function')
})

test('observed: properties of shared objects that the app changes, there or not, read or set', () => {
  const changed = ['Object.ofTheApp', 'Math.trunc', 'http.request', 'Error.prepareStackTrace', 'Date.now']
  const before = [Object.getPrototypeOf(Object), Object.getPrototypeOf(Error), Math.trunc, http.request]
  const { properties } = seen(
    () => {
      void ('ofTheApp' in Object)
      void [Math.trunc, http.request, Math.ceil, new Error('one').stack]
    },
    { changed },
  )
  assert.deepEqual(properties, ['Object.ofTheApp', 'Math.trunc', 'http.request', 'Error.prepareStackTrace'])
  const after = [Object.getPrototypeOf(Object), Object.getPrototypeOf(Error), Math.trunc, http.request]
  assert.deepEqual(after, before)
  assert.ok(!('ofTheApp' in Object))
  const sets = seen(() => Object.assign(Object, { ofTheApp: 1 }), { changed })
  assert.deepEqual(sets.properties, ['Object.ofTheApp'])
  assert.ok(Object.hasOwn(Object, 'ofTheApp'), 'what a package sets stays')
  delete (Object as { ofTheApp?: number }).ofTheApp
  assert.deepEqual(seen(() => 1, { changed: ['Object.prototype.ofTheApp'] }).properties, [
    'Object.prototype.ofTheApp', // of which nobody can tell who reads it
  ])
})

test('observed: files that are read, and looked for', () => {
  const { files } = seen(() => [readFileSync(import.meta.filename), existsSync('/not/there')])
  assert.deepEqual(files, [import.meta.filename, '/not/there'])
})

test('observed: who looks into require.main before there is one', (t) => {
  const dir = tempDir(t, {
    'reads.cjs': 'exports.name = require.main.filename',
    'compares.cjs': 'exports.isMain = require.main === module; exports.later = () => require.main.filename',
  })
  const load = (name: string) => requireAs(dir.file(name), import.meta.url)
  const before = process.mainModule
  assert.equal(seen(() => load('reads.cjs'), { hasMain: true }).why, 'looks at require.main')
  assert.equal(seen(() => load('compares.cjs'), { hasMain: true }).why, undefined)
  const { isMain, later } = load('compares.cjs') as { isMain: boolean; later: () => unknown }
  assert.equal(isMain, false)
  process.mainModule = { filename: '/the/app.js' } as NodeJS.Module
  assert.equal(later(), '/the/app.js', 'it stands for the real one from then on')
  if (before === undefined) delete process.mainModule
  else process.mainModule = before
})

test('globals that were added, replaced and removed are told, and not those that Node loads when they are read', () => {
  const before = currentGlobals()
  const { fetch } = globalThis
  globals.added = 1
  globalThis.fetch = () => Promise.reject(new Error('another one'))
  void globals.ReadableStream
  assert.deepEqual(changedSince(before).sort(), ['added', 'fetch'])
  delete globals.added
  globalThis.fetch = fetch
  assert.deepEqual(changedSince(before), [])
})

test('of what Node loads when it is read: nothing is loaded for it at the start, and replacements are told later', () => {
  const isHeavy = (name: string) => /undici|webstreams|webcrypto/.test(name)
  const { moduleLoadList } = process as unknown as { moduleLoadList: string[] }
  const loaded = moduleLoadList.filter(isHeavy)
  const before = currentGlobals()
  changedSince(before)
  assert.deepEqual(moduleLoadList.filter(isHeavy), loaded)
  assert.deepEqual(changedSince(withOriginals(before)), [])
  const all = completed(before)
  const { WebSocket, FormData, TransformStream } = globals
  Object.assign(globals, { WebSocket: {}, FormData: class {}, TransformStream: class {} })
  const expected = ['FormData', 'TransformStream', 'WebSocket']
  const replaced = (globals: Globals) =>
    changedSince(globals)
      .filter((name) => !name.startsWith('@@')) // what Node itself notes when it loads them
      .sort()
  assert.deepEqual(replaced(withOriginals(before)), expected)
  assert.deepEqual(replaced(all), expected)
  if (WebSocket === undefined) delete globals.WebSocket
  else globals.WebSocket = WebSocket
  Object.assign(globals, { FormData, TransformStream })
  assert.deepEqual(replaced(all), [])
})

for (const [module, key] of [
  ['crypto', 'prng'],
  ['buffer', 'Blob'],
] as const)
  test(`what Node sets at the first read of ${module}.${key} is not a change, what the app sets is one`, () => {
    const object = process.getBuiltinModule(module) as unknown as Record<string, unknown>
    const first = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor
    const before = propertiesNow()
    assert.equal(typeof object[key], 'function')
    assert.deepEqual(changedProperties(before), [])
    const own = () => undefined
    for (const isRead of [true, false]) {
      if (!isRead) Object.defineProperty(object, key, first)
      object[key] = own
      assert.deepEqual(changedProperties(before), [`${module}.${key}`])
      assert.equal(object[key], own)
    }
    Object.defineProperty(object, key, first)
  })

test('what of Node is replaced later is told by its name', () => {
  const before = propertiesNow()
  assert.deepEqual(changedProperties(before), [])
  patch(fs, 'readFileSync')
  patch(http.ServerResponse.prototype, 'writeHead')
  Object.assign(Object, { ofTheApp: 1 })
  Object.assign(Map.prototype, { ofTheApp: 1 })
  Object.assign(process, { browser: true })
  const { maxSockets } = http.globalAgent
  http.globalAgent.maxSockets = 3
  assert.deepEqual(changedProperties(before).sort(), [
    'Map.prototype.ofTheApp',
    'Object.ofTheApp',
    'fs.readFileSync',
    'http.ServerResponse.prototype.writeHead',
    'http.globalAgent.maxSockets',
    'process.browser',
  ])
  for (const one of [Object, Map.prototype]) delete (one as { ofTheApp?: number }).ofTheApp
  delete (process as { browser?: boolean }).browser
  http.globalAgent.maxSockets = maxSockets
  for (const restore of undo.splice(0)) restore()
  assert.deepEqual(changedProperties(before), [])
})

const PLAN: LoadPlan = {
  packages: [
    { url: 'file:///a', by: 'import', from: null },
    { url: 'file:///b', by: 'import', from: null },
    { url: 'file:///c', by: 'import', from: null },
  ],
  env: { STAGE: 'set by the app' },
  globals: ['__APP__'],
  properties: [],
  hasMain: false,
}

/** Loads the packages of the plan: each runs its function. */
function load(...acts: readonly (() => unknown)[]) {
  const steps = loadAhead(PLAN, { globals: currentGlobals(), onBegin: () => {} })
  let step = steps.next()
  for (const act of acts) {
    assert.equal(step.done, false)
    try {
      act()
      step = steps.next({})
    } catch (error) {
      step = steps.next({ error })
    }
  }
  assert.ok(step.done)
  return step.value
}

test('loaded ahead: who reads what the app sets, and who fails, is unfit', () => {
  const { unfit } = load(
    () => process.env.STAGE,
    () => globals.__APP__,
    () => {
      throw new Error('alone')
    },
  )
  assert.deepEqual(
    unfit.map(({ url, why }) => `${url} ${why}`),
    [
      'file:///c cannot be loaded alone',
      'file:///a reads STAGE, which the app sets',
      'file:///b reads the global __APP__, which the app sets',
    ],
  )
})

test('loaded ahead: what the app sets up later makes unfit who has read it', () => {
  const { unfit, ahead } = load(
    () => process.env.LATER,
    () => globals.later,
    () => 0,
  )
  assert.deepEqual(unfit, [])
  assert.ok(ahead)
  const held = { ...ahead, properties: propertiesNow() }
  const unfitNow = (globals: string[], properties: string[] = [], hasChangedProcess = false) => {
    const { packages, property } = outdatedReads(held, { globals, properties }, hasChangedProcess)
    return [...packages.map(({ url, why }) => `${url} ${why}`), ...(property === undefined ? [] : [property])]
  }
  assert.deepEqual(unfitNow([]), [])
  process.env.LATER = '1'
  assert.deepEqual(unfitNow(['later']), [
    'file:///a reads LATER, which the app sets',
    'file:///b reads the global later, which the app sets',
  ])
  delete process.env.LATER
  assert.deepEqual(unfitNow([], ['fs.statSync']), ['fs.statSync'], 'anybody may have the old one')
  assert.equal(unfitNow([], [], true).length, 3, 'anybody may have read the working directory')
})

test('who lists the variables finds those that the app is going to set, and has read those it then asks for', () => {
  const later = ['DEBUG_LATER', 'OTHER_LATER']
  const filtered = () =>
    Object.keys(process.env)
      .filter((name) => name.startsWith('DEBUG_L'))
      .map((name) => process.env[name])
  assert.deepEqual(seen(filtered, { later }).variables, ['*', 'DEBUG_LATER'])
  assert.ok(seen(() => ({ ...process.env }), { later }).variables.includes('OTHER_LATER'))
  assert.deepEqual(seen(() => Object.hasOwn(process.env, 'OTHER_LATER'), { later }).variables, [
    'OTHER_LATER',
  ])
  let isThere: boolean | undefined
  seen(() => (isThere = Object.hasOwn(process.env, 'OTHER_LATER')), { later })
  assert.equal(isThere, false, 'who asks for one alone may be about to set it')
  const none = () => 0
  const { ahead } = load(filtered, none, none)
  assert.ok(ahead)
  const held = { ...ahead, properties: propertiesNow() }
  process.env.DEBUG_ADDED = '1'
  assert.deepEqual(
    outdatedReads(held, { globals: [], properties: [] }, false).packages.map(({ why }) => why),
    ['lists the variables, to which the app adds DEBUG_ADDED'],
  )
  delete process.env.DEBUG_ADDED
})

test('what Node itself opens while the observers are set up is not refused', (t) => {
  const source = new URL('../../../src/child/packages/observer.ts', import.meta.url)
  const dir = tempDir(t, {
    // To find it, node:assert is loaded, which looks at standard error.
    'observes.mts': `
      import { observe } from '${source}'
      observe({ globals: [], variables: [], properties: ['assert.ok'], hasMain: false, onFile() {} }).end()
      console.log('observed')`,
  })
  const flags = ['--no-warnings', ...typeScriptFlags(process.execPath)]
  const said = execFileSync(process.execPath, [...flags, dir.file('observes.mts')], {
    cwd: REPOSITORY,
    stdio: 'pipe',
  })
  assert.equal(String(said), 'observed\n')
})
