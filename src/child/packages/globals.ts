/** What is global: what it was, what of it has changed since, and who reads it. */

/** The value of each global, or its getter, by name. */
export type Globals = ReadonlyMap<string, unknown>

/** Reads nothing: a getter may load much, or warn. */
export function currentGlobals(): Globals {
  const all = Object.getOwnPropertyDescriptors(globalThis) as Record<string, PropertyDescriptor>
  return new Map(Object.entries(all).map(([name, { get, value }]) => [name, get ?? value]))
}

/** Returns the names of what was added, replaced or removed. */
export function changedSince(before: Globals): string[] {
  const now = currentGlobals()
  const names = new Set([...before.keys(), ...now.keys()])
  return [...names].filter(
    (name) => before.has(name) !== now.has(name) || !isSame(name, before.get(name), now.get(name)),
  )
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
  const undo = [observeMissing(onRead), ...watched.map((name) => observeExisting(name, onRead))]
  return () => {
    for (const restore of undo) restore()
  }
}

/** What is not found among the globals is looked for in what they inherit from. */
function observeMissing(onRead: (name: string) => void): () => void {
  const own = Object.getPrototypeOf(globalThis) as object
  const above = Object.getPrototypeOf(own) as object
  const note = (name: string | symbol) => {
    if (typeof name === 'string' && !(name in above)) onRead(name)
  }
  const observed = new Proxy(above, {
    has(target, name) {
      note(name)
      return Reflect.has(target, name)
    },
    get(target, name, receiver) {
      note(name)
      return Reflect.get(target, name, receiver)
    },
  })
  Object.setPrototypeOf(own, observed)
  return () => void Object.setPrototypeOf(own, above)
}

function observeExisting(name: string, onRead: (name: string) => void): () => void {
  const property = Object.getOwnPropertyDescriptor(globalThis, name)
  if (property?.configurable !== true) return () => {}
  const replaced: PropertyDescriptor = {
    configurable: true,
    enumerable: property.enumerable ?? false,
    get() {
      onRead(name)
      return property.get === undefined ? property.value : property.get.call(globalThis)
    },
    set(value: unknown) {
      Object.defineProperty(globalThis, name, {
        ...{ value, writable: true, configurable: true, enumerable: property.enumerable ?? false },
      })
    },
  }
  Object.defineProperty(globalThis, name, replaced)
  return () => {
    if (Object.getOwnPropertyDescriptor(globalThis, name)?.get === replaced.get)
      Object.defineProperty(globalThis, name, property)
  }
}
