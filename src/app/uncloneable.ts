/** Finds what keeps a value from being cloned, and says where in the value it is. */
import { EventEmitter } from 'node:events'

interface Culprit {
  /** `state.jobs[3].callback` */
  readonly place: string
  readonly what: string
}

export function placeOfUncloneable(value: unknown, name: string): Culprit {
  return search(value, name, new Set()) ?? { place: name, what: described(value) }
}

function search(value: unknown, place: string, seen: Set<unknown>): Culprit | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return { place, what: described(value) }
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  // Sockets, streams, servers: it is not for what is inside them.
  if (value instanceof EventEmitter && !isCloneable(value)) return { place, what: described(value) }
  for (const [part, at] of partsOf(value, place)) {
    const culprit = search(part, at, seen)
    if (culprit !== undefined) return culprit
  }
  return isCloneable(value) ? undefined : { place, what: described(value) }
}

function* partsOf(value: object, place: string): Generator<[unknown, string]> {
  if (ArrayBuffer.isView(value)) return
  if (value instanceof Map) {
    for (const [key, item] of value) {
      yield [key, `${place} (a key)`]
      yield [item, `${place}.get(${label(key)})`]
    }
  }
  if (value instanceof Set) for (const item of value) yield [item, `${place} (an element)`]
  for (const key of Object.keys(value)) {
    yield [read(value, key), `${place}${access(key, Array.isArray(value))}`]
  }
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

const label = (key: unknown): string => (typeof key === 'string' ? JSON.stringify(key) : String(key))

function described(value: unknown): string {
  if (value === UNREADABLE) return UNREADABLE.description as string
  if (typeof value === 'object' && value !== null)
    return `an object of class ${value.constructor?.name ?? 'null'}`
  return typeof value === 'function' ? 'a function' : `a ${typeof value}`
}
