/**
 * Observes which environment variables are read, by way of `process.env`. Who imports `env` by name from
 * `node:process` has Node's own object, of which only what is missing can be observed: it is looked for in what that
 * inherits from.
 */
import { observeMissing } from './observe-missing.ts'

/** Read by who lists the names. */
export const LISTED = '*'

/**
 * Calls back with each name that is asked for, until the returned function is called. `later`: names that the app is
 * going to set. Who lists the names finds them, and has read those whose values it then asks for.
 */
export function observeEnvironment(later: readonly string[], onRead: (name: string) => void): () => void {
  const { env } = process
  const missing = new Set(later.filter((name) => !(name in env)))
  let isOver = false // who has kept the proxy goes on with it
  let listing: (string | symbol)[] = []
  const note = (name: string | symbol) => {
    if (!isOver && typeof name === 'string') onRead(name)
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
      // Who asks for this one alone is about to set it, if it is not there (dotenv).
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
