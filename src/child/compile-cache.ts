/** Lets Node keep the compiled code of what the program loads. */
import module from 'node:module'
import type { ChildConfig } from '../protocol/child-config.ts'
import { isFilled } from '../system/compile-cache.ts'

/**
 * Returns a function that writes what was compiled so far, which a standby does: Node itself does it when a process
 * exits, for which a restart would wait, and which a signal prevents.
 */
export function keepCompiledCode({ compileCache, launch }: ChildConfig): () => void {
  const { enableCompileCache, flushCompileCache } = module as Partial<typeof module>
  if (compileCache === null || enableCompileCache === undefined || flushCompileCache === undefined)
    return () => {}
  // Of an app that starts without it, all would be written when it exits: a standby does that when nobody waits.
  if (launch !== null && !isFilled(compileCache)) return () => {}
  enableCompileCache(compileCache)
  return flushCompileCache
}
