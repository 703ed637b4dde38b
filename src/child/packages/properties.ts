/**
 * The properties of objects that all code shares: the language's own, `process`, Node's modules. The app may
 * add or replace some, and a package that was loaded before may have kept the earlier value.
 */
import fs from 'node:fs'
import { OBSERVED } from '../observed-reads.ts'
import { valueIn } from './value-in.ts'

/**
 * As they were: what to compare is looked up later, as each boot waits for this. Not kept as descriptors, which take
 * 0.1 MB more in each process.
 */
interface Shared {
  readonly object: object
  readonly names: readonly string[]
  /** For each name the value, or its getter. */
  readonly values: readonly unknown[]
}

/** By the name of the object, such as `Array.prototype` or `http`. */
export type Properties = ReadonlyMap<string, Shared>

/** The language's own. */
export const propertiesOfLanguage = (): Properties => valuesOfAll(LANGUAGE)

/** Those of objects that every process has from its start, and that are quickly read; of `node:fs` while it is Node's own. */
export const earlyProperties = (): Properties =>
  valuesOfAll([...LANGUAGE, ['process', process], ...(OBSERVED in globalThis ? [] : [['fs', fs] as const])])

/** Also those of the streams, which this opens, and of Node's modules that are loaded by now: no package uses others. */
export function propertiesNow(): Properties {
  const streams = [['process.stdout', process.stdout] as const, ['process.stderr', process.stderr] as const]
  return valuesOfAll([...LANGUAGE, ['process', process], ...streams, ...OF_NODE, ...loadedBuiltins()])
}

/** Those that a module of Node's exports; none of `node:process`, which Node itself changes all the time. */
export function exportsOf(url: string): Properties {
  const name = url.replace(/^node:/, '')
  const exports = name === 'process' ? undefined : process.getBuiltinModule(url)
  return valuesOfAll(exports === undefined ? [] : [[name, exports as object]])
}

/** Returns what was added, replaced or removed since, as `http.request`. */
export function changedProperties(all: Properties): string[] {
  return [...all].flatMap(([name, { object, names, values }]) => {
    const before = new Map(names.map((key, at) => [key, values[at]]))
    const keys = [...new Set([...names, ...Object.getOwnPropertyNames(object)])]
    return keys.filter((key) => isChanged(name, object, key, before.get(key))).map((key) => `${name}.${key}`)
  })
}

/** Returns one that was replaced or removed since, but not what was added: quick enough to ask after each package. */
export function replacedProperty(all: Properties): string | undefined {
  for (const [name, { object, names, values }] of all) {
    const key = names.find((one, at) => isChanged(name, object, one, values[at]))
    if (key !== undefined) return `${name}.${key}`
  }
  return undefined
}

function isChanged(name: string, object: object, key: string, was: unknown): boolean {
  const is = valueNow(object, key)
  if (was === UNREAD) return !isNative(is)
  // graceful-fs, below many packages, replaces it by one that remembers the answer.
  if (object === process && key === 'cwd' && gives(is) === gives(was)) return false
  return !Object.is(was, is) && counts(name, key, was, is) && !isLoadedAtFirstRead(object, key, was, is)
}

/** Finds a property again by the name that changedProperties() gave. Loads the module of Node's that it belongs to. */
export function findProperty(name: string): { readonly object: object; readonly key: string } | undefined {
  const at = name.lastIndexOf('.')
  const [holder, key] = [name.slice(0, at), name.slice(at + 1)]
  if (holder === 'process') return { object: process, key }
  const known = [...LANGUAGE, ...OF_NODE].find(([one]) => one === holder)
  if (known !== undefined) return { object: known[1], key }
  const [id = '', ...rest] = holder.split('.')
  const exports = process.getBuiltinModule(id) as object | undefined
  const object = rest.reduce<unknown>(
    (of, part) => (of as Record<string, unknown> | undefined)?.[part],
    exports,
  )
  return object === undefined ? undefined : { object: object as object, key }
}

type Named = readonly (readonly [name: string, object: object])[]

/** Taken before the app may replace one of them. */
const LANGUAGE = withPrototypes([
  'Array BigInt Boolean Date Error Function Map Number Object Promise RegExp Set String Symbol',
  'Intl JSON Math Reflect console',
])
const OF_NODE = withPrototypes(['Buffer URL AbortSignal'])

function withPrototypes(names: readonly string[]): Named {
  return names
    .flatMap((some) => some.split(' '))
    .flatMap((name) => {
      const object = (globalThis as Record<string, unknown>)[name] as object & { prototype?: object }
      const { prototype } = object
      return prototype === undefined
        ? [[name, object] as const]
        : [[name, object] as const, [`${name}.prototype`, prototype] as const]
    })
}

function loadedBuiltins(): Named {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] }
  return moduleLoadList.flatMap((entry) => {
    const name = /^NativeModule (?!internal\/)(.*)$/.exec(entry)?.[1]
    if (name === undefined || /^(_.*|process|repl)$/.test(name)) return []
    const exports = process.getBuiltinModule(name) as object | undefined
    if (exports === undefined) return []
    const { globalAgent } = /^https?$/.test(name) ? (exports as { globalAgent?: object }) : {}
    const agent = globalAgent === undefined ? [] : [[`${name}.globalAgent`, globalAgent] as const]
    return [[name, exports] as const, ...agent, ...prototypesIn(name, exports)]
  })
}

/** Those of classes: `EventEmitter.prototype.emit` is replaced as often as a function of a module. */
function prototypesIn(name: string, exports: object): Named {
  return Object.entries(Object.getOwnPropertyDescriptors(exports)).flatMap(([key, { value }]) => {
    if (!/^[A-Z]/.test(key) || typeof value !== 'function') return []
    const { prototype } = value as { prototype?: object }
    return typeof prototype === 'object' ? [[`${name}.${key}.prototype`, prototype] as const] : []
  })
}

function valuesOfAll(all: Named): Properties {
  const found = new Map<string, Shared>()
  const known = new Set<object>()
  for (const [name, object] of all) {
    if (known.has(object)) continue
    known.add(object)
    const names = Object.getOwnPropertyNames(object)
    found.set(name, {
      object,
      names,
      values: names.map((key) => (key === LOADS_TEMPORAL ? UNREAD : valueNow(object, key))),
    })
  }
  return found
}

/** Of `Date.prototype`. V8 creates all of Temporal when this is read (0.3 ms, 0.1 MB): not before the app has booted. */
const LOADS_TEMPORAL = 'toTemporalInstant'
const UNREAD = Symbol('unread')

function valueNow(object: object, key: string): unknown {
  // Node has a getter for this one, which stays the same when the app sets another agent.
  return key === 'globalAgent' ? (object as { globalAgent?: unknown }).globalAgent : valueIn(object, key)
}

/** Returns what a function without arguments returns. */
function gives(value: unknown): unknown {
  try {
    return typeof value === 'function' ? value.call(process) : value
  } catch {
    return undefined // the working directory is gone
  }
}

/** Whether it is V8's still. */
const isNative = (value: unknown): boolean =>
  typeof value === 'function' && Function.prototype.toString.call(value).endsWith('{ [native code] }')

/** Whether a change matters. Called only for changes: checking all properties would delay each start. */
function counts(name: string, key: string, ...values: unknown[]): boolean {
  if (CHANGES_BY_ITSELF.test(`${name}.${key}`)) return false
  return !ONLY_FUNCTIONS.test(name) || key === 'isTTY' || values.some((value) => typeof value === 'function')
}

/**
 * Whether Node itself has put the value in the place of a getter that loads it at the first read, as for `buffer.Blob`
 * and `util.parseArgs`: then that getter still gives it. A getter of that kind may put back what the app has replaced.
 */
function isLoadedAtFirstRead(object: object, key: string, was: unknown, is: unknown): boolean {
  const now = Object.getOwnPropertyDescriptor(object, key)
  const isGetter = typeof was === 'function' && ['get', `get ${key}`].includes(was.name)
  if (!isGetter || now === undefined) return false
  try {
    const isSame = was.call(object) === is
    if (!isSame) Object.defineProperty(object, key, now)
    return isSame
  } catch {
    return false // with --frozen-intrinsics it cannot put the value in its place
  }
}

/** Changed by Node, or by what the program does; or often set by apps, without consequence for a package. */
const CHANGES_BY_ITSELF =
  /^(Error\.stackTraceLimit|process\.(title|allowedNodeEnvironmentFlags|chdir|exitCode|env|argv|argv0|execArgv|domain|mainModule|report|channel|connected|std\w+)|\w+\.globalAgent\.totalSocketCount|events\.usingDomains|.*\._\w*)$/
const ONLY_FUNCTIONS = /^(module|cluster|domain|process\.std\w+)$/
