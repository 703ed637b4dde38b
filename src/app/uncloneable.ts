/** Finds what keeps a value from being cloned, and says where in the value it is. */
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

/** V8 reads a value back by recursion, and needs more of the stack than for writing it: Node 22 takes 1,570 levels. */
const MAX_DEPTH = 1000
/** How many steps of a place are named that is so far down. */
const NAMED = 4

export function placeOfTooDeep(value: unknown, name: string): Culprit | undefined {
  const steps = stepsDown(value, MAX_DEPTH, new Set())
  if (steps === undefined) return undefined
  const place = `${name}${steps.slice(0, NAMED).join('')}…`
  return { place, what: `nested more than ${MAX_DEPTH.toLocaleString('en')} levels deep` }
}

/** The steps to what is too deep; in the order in which V8 goes down, for what it has seen it only names. */
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
    // it cannot be read: that is found by search()
  }
  return undefined
}

function search(value: unknown, place: string, seen: Set<unknown>): Culprit | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return { place, what: described(value) }
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  try {
    // Sockets, streams, servers: it is not for what is inside them.
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

/** With each part how it is reached, as a function: few are ever shown. */
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

/** Stands for a value that cannot even be read. */
const UNREADABLE = Symbol('a getter that throws')

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    return UNREADABLE
  }
}

/** Asked of an object whose parts are all right: of the object itself, then. */
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
