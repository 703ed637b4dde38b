/** Observes reads and writes of properties of shared objects that the app has set up. */
import { isAside, isByLoader } from './aside.ts'
import { observeMissing } from './observe-missing.ts'
import { findProperty } from './properties.ts'

export interface PropertyObserver {
  /** Names whose reads cannot be observed. */
  readonly unobserved: readonly string[]
  readonly end: () => void
}

/** What graceful-fs, below many packages, replaces, and Node's loader calls for each module: that has no effect on a package. */
const CLOSING = /^fs\.close(Sync)?$/

/** Calls back with each of these names that is read or set, until `end` is called. */
export function observeProperties(names: readonly string[], onUse: (name: string) => void): PropertyObserver {
  const unobserved: string[] = []
  let isNoting = false // the callback may itself read what is observed
  const note = (name: string) => {
    if (isNoting || isAside()) return
    isNoting = true
    if (!(CLOSING.test(name) && isByLoader())) onUse(name)
    isNoting = false
  }
  const undo: (() => void)[] = []
  const missing = new Map<object, Map<string, string>>()
  for (const name of names) {
    const { object, key } = findProperty(name) ?? {}
    if (object === undefined || key === undefined) continue
    const property = Object.getOwnPropertyDescriptor(object, key)
    if (property?.configurable === true) undo.push(observeExisting(object, key, property, () => note(name)))
    else if (property !== undefined || object === Object.prototype) unobserved.push(name)
    else missing.set(object, new Map([...(missing.get(object) ?? []), [key, name]]))
  }
  for (const [object, names] of missing) {
    const onUse = (key: string | symbol) => {
      const name = typeof key === 'string' ? names.get(key) : undefined
      if (name !== undefined) note(name)
    }
    undo.push(observeMissing(object, onUse))
  }
  return {
    unobserved,
    end() {
      for (const restore of undo) restore()
    },
  }
}

function observeExisting(
  object: object,
  key: string,
  property: PropertyDescriptor,
  onUse: () => void,
): () => void {
  const { enumerable = false } = property
  const get = function (this: unknown): unknown {
    onUse()
    return property.get === undefined ? property.value : property.get.call(this)
  }
  const set = function (this: object, value: unknown): void {
    onUse()
    if (property.set !== undefined) property.set.call(this, value)
    else Object.defineProperty(this, key, { value, enumerable: this !== object || enumerable, ...CHANGEABLE })
  }
  Object.defineProperty(object, key, { configurable: true, enumerable, get, set })
  return () => {
    if (Object.getOwnPropertyDescriptor(object, key)?.get === get)
      Object.defineProperty(object, key, property)
  }
}
const CHANGEABLE = { writable: true, configurable: true }
