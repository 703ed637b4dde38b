/**
 * Lets Node keep the compiled code of what the program loads: https://nodejs.org/api/module.html#module-compile-cache.
 * Node compares it with the source before each use.
 */
import module from 'node:module'
import type { ChildConfig } from '../protocol/child-config.ts'

/**
 * Returns a function that writes what was compiled so far: Node itself writes it when the process exits, which a
 * signal does not let it do, and for which a restart would wait.
 */
export function keepCompiledCode({ compileCache }: ChildConfig): () => void {
  const { enableCompileCache, flushCompileCache } = module as Partial<typeof module>
  if (compileCache === null || enableCompileCache === undefined || flushCompileCache === undefined)
    return () => {}
  enableCompileCache(compileCache)
  return flushCompileCache
}
