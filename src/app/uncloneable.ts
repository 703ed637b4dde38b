/** Finds the part of a value that cannot be cloned, and names its place. */
import { EventEmitter } from 'node:events'

export interface Culprit {
  /** `state.jobs[3].callback` */
  readonly place: string
  readonly what: string
}

export function placeOfUncloneable(value: unknown, name: string): Culprit {
  return (
    placeOfTooDeep(value, name) ?? search(value, name, new Set()) ?? { place: name, what: described(value) }
  )
}

/** V8 reads recursively, and needs more stack than for writing: Node 22 manages 1,570 levels. */
const MAX_DEPTH = 1000
/** Number of steps named for a place that is nested too deep. */
const NAMED = 4

export function placeOfTooDeep(value: unknown, name: string): Culprit | undefined {
  const steps = stepsDown(value, MAX_DEPTH, new Set())
  if (steps === undefined) return undefined
  const place = `${name}${steps.slice(0, NAMED).join('')}…`
  return { place, what: `nested more than ${MAX_DEPTH.toLocaleString('en')} levels deep` }
}

/** Returns the steps to a place that is too deep, in V8's order: no object is entered twice. */
function stepsDown(value: unknown, left: number, seen: Set<unknown>): string[] | undefined {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value))
    return undefined
  if (left === 0) return []
  seen.add(value)
  try {
    for (const [part, step] of partsOf(value)) {
      if (typeof part !== 'object') continue
      const steps = stepsDown(part, left - 1, seen)
      if (steps !== undefined) return [step(), ...steps]
    }
  } catch {
    // unreadable: search() reports it
  }
  return undefined
}

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
  if (typeof value === 'object' && value !== null) return `an object of class ${className(value)}`
  return typeof value === 'function' ? 'a function' : `a ${typeof value}`
}

function className(value: object): string {
  try {
    return String(value.constructor?.name ?? 'null')
  } catch {
    return 'unknown' // a getter that throws
  }
}
