/** Finds the part of a value that cannot be cloned, and names its place. */
import { EventEmitter } from 'node:events'

export interface Culprit {
  /** `state.jobs[3].callback` */
  readonly place: string
  readonly what: string
}

export function placeOfUncloneable(value: unknown, name: string): Culprit {
  return (
    placeOfUnreadable(value, name) ??
    search(value, name, new Set()) ?? { place: name, what: described(value) }
  )
}

/** V8 reads recursively, and needs more stack than for writing: Node 22 manages 1,570 levels. */
const MAX_DEPTH = 1000
/** Number of steps named for a place that is nested too deep. */
const NAMED = 4

/** Returns what V8 has written, but could not read back: what is nested too deep, and compiled WebAssembly. */
export function placeOfUnreadable(value: unknown, name: string): Culprit | undefined {
  const found = stepsDown(value, MAX_DEPTH, new Set())
  if (found === undefined) return undefined
  if (found.what !== TOO_DEEP) return { place: `${name}${found.steps.join('')}`, what: found.what }
  return { place: `${name}${found.steps.slice(0, NAMED).join('')}…`, what: TOO_DEEP }
}

/** Written out: a number formatted at the import would load the data of all languages, in every process. */
const TOO_DEEP = 'nested more than 1,000 levels deep'

interface Found {
  readonly steps: readonly string[]
  readonly what: string
}

/** Returns the steps to such a place, in V8's order: no object is entered twice. */
function stepsDown(value: unknown, left: number, seen: Set<unknown>): Found | undefined {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value))
    return undefined
  if (left === 0) return { steps: [], what: TOO_DEEP }
  seen.add(value)
  try {
    if (isCompiledModule(value)) return { steps: [], what: described(value) }
    for (const [part, step] of partsOf(value)) {
      if (typeof part !== 'object') continue
      const found = stepsDown(part, left - 1, seen)
      if (found !== undefined) return { ...found, steps: [step(), ...found.steps] }
    }
  } catch {
    // unreadable: search() reports it
  }
  return undefined
}

/** By its tag, since there is no `WebAssembly` with `--jitless`. */
const isCompiledModule = (value: object): boolean =>
  (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'WebAssembly.Module'

function search(value: unknown, place: string, seen: Set<unknown>): Culprit | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return { place, what: described(value) }
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  try {
    // Sockets, streams, servers: name the object, not its internals.
    if (value instanceof EventEmitter && !isCloneable(value)) return { place, what: described(value) }
    for (const [part, step] of partsOf(value)) {
      const culprit = search(part, `${place}${step()}`, seen)
      if (culprit !== undefined) return culprit
    }
  } catch {
    return { place, what: 'an object that throws when it is read' }
  }
  return isCloneable(value) ? undefined : { place, what: described(value) }
}

/** Yields each part with a function that names the step to it, since few are ever shown. */
function* partsOf(value: object): Generator<[unknown, () => string]> {
  if (ArrayBuffer.isView(value)) return
  if (value instanceof Map) {
    for (const [key, item] of value) {
      yield [key, () => ' (a key)']
      yield [item, () => `.get(${label(key)})`]
    }
  }
  if (value instanceof Set) for (const item of value) yield [item, () => ' (an element)']
  // V8 writes it, though it is not an enumerable property where the constructor has set it.
  if (value instanceof Error && !Object.keys(value).includes('cause'))
    yield [read(value, 'cause'), () => '.cause']
  for (const key of Object.keys(value)) yield [read(value, key), () => access(key, Array.isArray(value))]
}

/** Stands for a value whose getter throws. */
const UNREADABLE = Symbol('a getter that throws')

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    return UNREADABLE
  }
}

/** Called once all parts of an object are fine, so it tells about the object itself. */
function isCloneable(value: object): boolean {
  try {
    process.getBuiltinModule('node:v8').serialize(value)
    return true
  } catch {
    return false
  }
}

const access = (key: string, isIndex: boolean): string =>
  isIndex
    ? `[${key}]`
    : /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
      ? `.${key}`
      : `[${JSON.stringify(key)}]`

function label(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key)
  return typeof key === 'object' && key !== null ? described(key) : String(key)
}

function described(value: unknown): string {
  if (value === UNREADABLE) return UNREADABLE.description as string
  if (process.getBuiltinModule('node:util').types.isProxy(value)) return 'a proxy'
  if (typeof value === 'object' && value !== null) return `an object of class ${className(value)}`
  return typeof value === 'function' ? 'a function' : `a ${typeof value}`
}

function className(value: object): string {
  try {
    const name = String(value.constructor?.name ?? 'null')
    // Generators have a nameless constructor, and `arguments` that of any object.
    return name === '' || name === 'Object' ? Object.prototype.toString.call(value).slice(8, -1) : name
  } catch {
    return 'unknown' // a getter that throws
  }
}
