/**
 * Observes which environment variables are read through `process.env`. A module that imports `env` by name from
 * `node:process` gets Node's own object, where only missing variables can be observed: they are looked up in its
 * prototype.
 */
import { isAside } from './aside.ts'
import { observeMissing } from './observe-missing.ts'

/** Reported when all names are listed. */
export const LISTED = '*'

/**
 * Calls back with each name that is read, until the returned function is called. `later`: names that the app is
 * going to set; a listing includes them, and counts as a read of those whose values are asked for.
 */
export function observeEnvironment(later: readonly string[], onRead: (name: string) => void): () => void {
  const { env } = process
  const missing = new Set(later.filter((name) => !(name in env)))
  let isOver = false // other code may keep the proxy
  let listing: (string | symbol)[] = []
  const note = (name: string | symbol) => {
    if (!isOver && typeof name === 'string' && !isAside()) onRead(name)
  }
  process.env = new Proxy(env, {
    get(target, name) {
      note(name)
      return Reflect.get(target, name)
    },
    has(target, name) {
      note(name)
      return Reflect.has(target, name)
    },
    ownKeys(target) {
      const own = Reflect.ownKeys(target)
      if (isOver) return own
      note(LISTED)
      const all = [...own, ...[...missing].filter((name) => !own.includes(name))]
      listing = [...all]
      return all
    },
    getOwnPropertyDescriptor(target, name) {
      const isListing = listing[0] === name
      if (isListing) listing.shift()
      else note(name)
      const own = Reflect.getOwnPropertyDescriptor(target, name)
      // Code that asks for a single one is about to set it if it is missing (dotenv).
      if (own !== undefined || isOver || !isListing || !missing.has(String(name))) return own
      return { value: undefined, enumerable: true, configurable: true, writable: true }
    },
    // Node's own object refuses descriptors that a proxy passes on by default.
    set: (target, name, value) => Reflect.set(target, name, value),
  })
  const endOfMissing = observeMissing(env, (name, above, use) => {
    if (use === 'read' && !(name in above)) note(name)
  })
  return () => {
    isOver = true
    endOfMissing()
    process.env = env
  }
}
