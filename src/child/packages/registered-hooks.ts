/**
 * Counts the hooks that the program registers with the module system: what is loaded through one may differ from
 * what was loaded before. Node does not report them, so its functions are replaced by proxies that count; otherwise
 * they are Node's.
 */
import module from 'node:module'
import { isOurs } from '../own-files.ts'
import { throwWithoutUs } from '../stack-traces.ts'

let count = 0

export const registeredHooks = (): number => count

/** Call before any code of the user has seen Node's functions. */
export function countRegisteredHooks(): void {
  const functions = module as unknown as Record<string, unknown>
  for (const name of ['register', 'registerHooks']) {
    const original = functions[name]
    if (typeof original === 'function')
      functions[name] = new Proxy(original, {
        apply(target, self, args) {
          count += 1
          try {
            return Reflect.apply(target as (...args: unknown[]) => unknown, self, args)
          } catch (error) {
            throwWithoutUs(error, isOurs)
          }
        },
      })
  }
}
