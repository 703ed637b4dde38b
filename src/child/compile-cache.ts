/**
 * Lets Node keep the compiled code of what the program loads: https://nodejs.org/api/module.html#module-compile-cache.
 * Node compares it with the source before each use.
 */
import module from 'node:module'
import type { ChildConfig } from '../protocol/child-config.ts'

/**
 * Returns a function that writes what was compiled so far, which a standby does: Node itself does it when a process
 * exits, for which a restart would wait, and which a signal prevents.
 */
export function keepCompiledCode({ compileCache }: ChildConfig): () => void {
  const { enableCompileCache, flushCompileCache } = module as Partial<typeof module>
  if (compileCache === null || enableCompileCache === undefined || flushCompileCache === undefined)
    return () => {}
  enableCompileCache(compileCache)
  return flushCompileCache
}
