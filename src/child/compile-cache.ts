/**
 * Lets Node keep the compiled code of what the program loads. A standby does so only if it loads packages: then the app's
 * modules are kept as well, and each edited one is written when the app exits, which delays a restart by a millisecond.
 * Nor does it begin earlier, since what it loads to warm up has another name each time, so the folder would grow.
 */
import { mkdirSync } from 'node:fs'
import module from 'node:module'
import type { ChildConfig } from '../protocol/child-config.ts'
import { isFilled, ownFolderIn } from '../system/compile-cache.ts'

const { enableCompileCache, flushCompileCache } = module as Partial<typeof module>

/** Call this before what is to be kept is loaded. */
export function keepCompiledCode({ compileCache, launch }: ChildConfig): void {
  if (compileCache === null || flushCompileCache === undefined) return
  // With an empty cache the app would write everything at its exit: a standby does that while nobody waits.
  if (launch === null || isFilled(compileCache)) enableCompileCache?.(compileCache)
}

/** Creates the folder by which the parent knows next time that the program has had a standby, and keeps its own code in it. */
export function makeFolderOfParent({ compileCache }: ChildConfig): void {
  try {
    if (compileCache !== null && flushCompileCache !== undefined)
      mkdirSync(ownFolderIn(compileCache), { recursive: true })
  } catch {} // no permission, or a full disk: nothing is kept
}

/**
 * Writes what was compiled so far, for a standby to call: Node itself does it when a process exits, which would delay a
 * restart, and which a signal prevents.
 */
export const writeCompiledCode = (): void => flushCompileCache?.()
