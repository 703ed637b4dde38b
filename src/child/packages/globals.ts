/** What is global: what it was, what of it has changed since, and who reads it. */
import { observeMissing } from './observe-missing.ts'

/** The value of each global, or its getter, by name. */
export type Globals = ReadonlyMap<string, unknown>

/** Copies of a package find each other by symbols that all know (`Symbol.for()`): these are named `@@key`. */
function namesOfGlobals(): string[] {
  return Reflect.ownKeys(globalThis).flatMap((key) => nameOf(key) ?? [])
}

function nameOf(key: string | symbol): string | undefined {
  if (typeof key === 'string') return key
  const registered = Symbol.keyFor(key)
  return registered === undefined ? undefined : `@@${registered}`
}

const keyOf = (name: string): string | symbol => (name.startsWith('@@') ? Symbol.for(name.slice(2)) : name)

/** Reads nothing for which Node would load much: that would double the time of its boot. */
export function currentGlobals(): Globals {
  return new Map(namesOfGlobals().map((name) => [name, loadsMuch(name) ? UNREAD : readGlobal(name)]))
}

/** The same with all values. For a standby, whose boot nobody waits for, before anything else reads them. */
export function completed(globals: Globals): Globals {
  return new Map([...globals].map(([name, value]) => [name, value === UNREAD ? readGlobal(name) : value]))
}

/**
 * Those that Node's own `fetch`, streams, measurements and web cryptography bring, and what V8 makes when it is asked
 * for. From Node 22 on they have no getters: who asks for the property has loaded the value. What is missing here costs
 * time, and what is too much does no harm.
 */
export const loadsMuch = (name: string): boolean => !HAS_GETTERS && LOADS_MUCH.test(name)
const HAS_GETTERS = Number.parseInt(process.versions.node, 10) < 22
const LOADS_MUCH =
  /^(Temporal|Crypto|CryptoKey|SubtleCrypto|FormData|Headers|Request|Response|WebSocket|EventSource|(Message|Close|Error)Event|Performance.*|\w+Stream|(Transform|Readable|Writable).*|\w+QueuingStrategy)$/
const UNREAD = Symbol('unread')

/**
 * The same, with what they were where they were not read: for an app that is up, and may have replaced them. Of most
 * of them another module of Node's has the value; of the others only Node's own are written in terms of Web IDL,
 * are constructors that refuse with that code, or are V8's.
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
const HOMES = ['node:stream/web', 'node:perf_hooks', 'node:http']

/** A getter is not called: it may load much, or warn. */
function readGlobal(name: string): unknown {
  const { get, value } = Object.getOwnPropertyDescriptor(globalThis, keyOf(name)) ?? {}
  return get ?? value
}

/** Returns the names of what was added, replaced or removed. What was not read before is not known to be replaced. */
export function changedSince(before: Globals): string[] {
  const now = new Set(namesOfGlobals())
  const isReplaced = (name: string, value: unknown) =>
    value !== UNREAD && !isSame(name, value, readGlobal(name))
  return [
    ...[...before].flatMap(([name, value]) => (!now.has(name) || isReplaced(name, value) ? [name] : [])),
    ...[...now].filter((name) => !before.has(name)),
  ]
}

/** Node loads many of its own only when they are first read, and then puts the value in the place of the getter. */
function isSame(name: string, before: unknown, now: unknown): boolean {
  if (Object.is(before, now)) return true
  const property = Object.getOwnPropertyDescriptor(globalThis, name)
  const isLazy = typeof before === 'function' && before.name === `get ${name}` && property?.get === undefined
  if (!isLazy || property === undefined || property.writable !== true) return false
  const value: unknown = before.call(globalThis)
  Object.defineProperty(globalThis, name, property) // the getter may have put its own there
  return value === now
}

/**
 * Calls back with the name of each global that is asked for and that there is not, and of each one in
 * `watched`. It ends when the returned function is called.
 */
export function observeGlobals(watched: readonly string[], onRead: (name: string) => void): () => void {
  const undo = [observeAbsent(onRead), ...watched.map((name) => observeExisting(name, onRead))]
  return () => {
    for (const restore of undo) restore()
  }
}

/** What is not found among the globals is looked for in what they inherit from. */
function observeAbsent(onRead: (name: string) => void): () => void {
  return observeMissing(Object.getPrototypeOf(globalThis) as object, (key, above, use) => {
    const name = nameOf(key)
    if (use === 'read' && name !== undefined && !(key in above)) onRead(name)
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
      onRead(name)
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
