/** Imports modules without waiting: for a preload that Node requires, nothing else makes them known to `import`. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { registerHooks } from './loaded-files.ts'
import { OWN_FILES } from './own-files.ts'

const require = createRequire(import.meta.url)
let times = 0

/**
 * Requires an ES module that imports these URLs. It is not a file, Node gets its text from a hook: a file would have another
 * path in each process, for which Node would keep compiled code for ever. Returns false where `require` has no such hooks
 * (before Node 22.15), or does not take an ES module.
 */
export function importAll(urls: readonly string[]): boolean {
  if (typeof registerHooks !== 'function') return false
  times += 1 // what was loaded is not loaded again, whatever its text is by then
  const path = join(OWN_FILES, `ahead${times}.mjs`)
  const url = pathToFileURL(path).href
  const source = urls.map((one) => `import ${JSON.stringify(one)}\n`).join('')
  const hook = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === path ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (loaded, context, next) =>
      loaded === url ? { source, format: 'module', shortCircuit: true } : next(loaded, context),
  })
  try {
    require(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_ESM') return false
    throw error
  } finally {
    hook.deregister()
    delete require.cache[path]
  }
}
