/**
 * Observes which environment variables are read, by way of `process.env`. Not who imports `env` by name from
 * `node:process`: syncBuiltinESMExports() would show it the proxy, but calls every getter of Node's modules, and that
 * of `process.stdin` opens standard input.
 */

/** Calls back with each name that is asked for, until the returned function is called. */
export function observeEnvironment(onRead: (name: string) => void): () => void {
  const { env } = process
  let isOver = false // who has kept the proxy goes on with it
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
    getOwnPropertyDescriptor(target, name) {
      note(name)
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
    // Node's own object refuses descriptors that a proxy passes on by default.
    set: (target, name, value) => Reflect.set(target, name, value),
  })
  return () => {
    isOver = true
    process.env = env
  }
}
