/** The globals: their values, which of them have changed, and which are read. */
import { isAside } from './aside.ts'
import { observeMissing } from './observe-missing.ts'
import { valueIn } from './value-in.ts'

/** The value of each global, or its getter, by name. */
export type Globals = ReadonlyMap<string, unknown>

/** Copies of a package find each other by registered symbols (`Symbol.for()`): these are named `@@key`. */
function namesOfGlobals(): string[] {
  return Reflect.ownKeys(globalThis).flatMap((key) => nameOf(key) ?? [])
}

function nameOf(key: string | symbol): string | undefined {
  if (typeof key === 'string') return key
  const registered = Symbol.keyFor(key)
  return registered === undefined ? undefined : `@@${registered}`
}

const keyOf = (name: string): string | symbol => (name.startsWith('@@') ? Symbol.for(name.slice(2)) : name)

/** Leaves unread what Node would load first: reading that would double the time of its boot. */
export function currentGlobals(): Globals {
  const globals = new Map<string, unknown>()
  for (const name of namesOfGlobals()) globals.set(name, loadsMuch(name) ? UNREAD : readGlobal(name))
  return globals
}

/** Adds the values that were left unread. For a standby, whose boot nobody waits for, before other code reads them. */
export function completed(globals: Globals): Globals {
  return new Map([...globals].map(([name, value]) => [name, value === UNREAD ? readGlobal(name) : value]))
}

/**
 * The globals of `fetch`, streams, performance, web cryptography and others, and what V8 creates at the first
 * read. From Node 22 on they have no getters: to look at the property loads the value. A missing entry here costs
 * time, a needless one does no harm.
 */
export const loadsMuch = (name: string): boolean => !HAS_GETTERS && LOADS_MUCH.test(name)
const HAS_GETTERS = Number.parseInt(process.versions.node, 10) < 22
const LOADS_MUCH =
  /^(Temporal|BroadcastChannel|Navigator|Storage|File|Crypto|CryptoKey|SubtleCrypto|FormData|Headers|Request|Response|WebSocket|EventSource|(Message|Close|Error)Event|Performance.*|\w+Stream|(Transform|Readable|Writable).*|\w+QueuingStrategy)$/
const UNREAD = Symbol('unread')

/**
 * Adds the original values that were left unread, for an app that is up and may have replaced them. Most of them are
 * exports of one of Node's modules, too; of the others only Node's own are written in terms of Web IDL,
 * are constructors that throw that code, or are V8's.
 */
export function withOriginals(globals: Globals): Globals {
  return new Map([...globals].map(([name, value]) => [name, value === UNREAD ? originalOf(name) : value]))
}

function originalOf(name: string): unknown {
  const homes = HOMES.map((id) => process.getBuiltinModule(id) as Record<string, unknown>)
  const home = homes.find((exports) => name in exports)
  if (home !== undefined) return home[name]
  const value = readGlobal(name)
  const made = name === 'Temporal' ? (value as Partial<Record<string, unknown>> | undefined)?.Instant : value
  return typeof made === 'function' && BY_NODE.test(Function.prototype.toString.call(made))
    ? value
    : undefined
}
const BY_NODE = /\b(webidl|ERR_ILLEGAL_CONSTRUCTOR)\b|\{ \[native code\] \}$/
const HOMES = ['node:stream/web', 'node:perf_hooks', 'node:http', 'node:buffer', 'node:worker_threads']

const readGlobal = (name: string): unknown => valueIn(globalThis, keyOf(name))

/** Returns the names of what was added, replaced or removed. One that was left unread counts as unchanged. */
export function changedSince(before: Globals): string[] {
  const now = new Set(namesOfGlobals())
  return [
    ...[...before].flatMap(([name, value]) => (!now.has(name) || isReplaced(name, value) ? [name] : [])),
    ...[...now].filter((name) => !before.has(name)),
  ]
}

/** Returns one that was replaced or removed since, but not what was added: quick enough to ask after each package. */
export function replacedGlobal(before: Globals): string | undefined {
  for (const [name, value] of before) if (isReplaced(name, value)) return name
  return undefined
}

const isReplaced = (name: string, value: unknown): boolean =>
  value !== UNREAD && !isSame(name, value, readGlobal(name))

/** Node loads many globals when they are first read, and then replaces the getter by the value. */
function isSame(name: string, before: unknown, now: unknown): boolean {
  if (Object.is(before, now)) return true
  const property = Object.getOwnPropertyDescriptor(globalThis, name)
  const isGetter = typeof before === 'function' && ['get', `get ${name}`].includes(before.name) // 'get': an observer's
  const isLazy = isGetter && property?.get === undefined
  if (!isLazy || property === undefined || property.writable !== true) return false
  const value: unknown = before.call(globalThis)
  Object.defineProperty(globalThis, name, property) // the getter may have put its own there
  return value === now
}

/**
 * Calls back with the name of each global that is asked for and does not exist, and of each one in
 * `watched`. It ends when the returned function is called.
 */
export function observeGlobals(watched: readonly string[], onRead: (name: string) => void): () => void {
  const undo = [observeAbsent(onRead), ...watched.map((name) => observeExisting(name, onRead))]
  return () => {
    for (const restore of undo) restore()
  }
}

/** A missing global is looked up in the prototype of the global object. */
function observeAbsent(onRead: (name: string) => void): () => void {
  return observeMissing(Object.getPrototypeOf(globalThis) as object, (key, above, use) => {
    const name = nameOf(key)
    if (use === 'read' && name !== undefined && !isAside() && !(key in above)) onRead(name)
  })
}

function observeExisting(name: string, onRead: (name: string) => void): () => void {
  const key = keyOf(name)
  const property = Object.getOwnPropertyDescriptor(globalThis, key)
  if (property?.configurable !== true) return () => {}
  const replaced: PropertyDescriptor = {
    configurable: true,
    enumerable: property.enumerable ?? false,
    get() {
      if (!isAside()) onRead(name)
      return property.get === undefined ? property.value : property.get.call(globalThis)
    },
    set(value: unknown) {
      Object.defineProperty(globalThis, key, {
        ...{ value, writable: true, configurable: true, enumerable: property.enumerable ?? false },
      })
    },
  }
  Object.defineProperty(globalThis, key, replaced)
  return () => {
    if (Object.getOwnPropertyDescriptor(globalThis, key)?.get === replaced.get)
      Object.defineProperty(globalThis, key, property)
  }
}
