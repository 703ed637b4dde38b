/** Lets Node keep the compiled code of what the program loads. */
import module from 'node:module'
import type { ChildConfig } from '../protocol/child-config.ts'
import { isFilled } from '../system/compile-cache.ts'

/**
 * Returns a function that writes what was compiled so far, for a standby to call: Node itself does it when a process
 * exits, which would delay a restart, and which a signal prevents.
 */
export function keepCompiledCode({ compileCache, launch }: ChildConfig): () => void {
  const { enableCompileCache, flushCompileCache } = module as Partial<typeof module>
  if (compileCache === null || enableCompileCache === undefined || flushCompileCache === undefined)
    return () => {}
  // With an empty cache the app would write everything at its exit: a standby does that while nobody waits.
  if (launch !== null && !isFilled(compileCache)) return () => {}
  enableCompileCache(compileCache)
  return flushCompileCache
}
