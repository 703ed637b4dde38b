/** Loads the parent's bundle when something is launched: no child needs it. */
import { fileURLToPath } from 'node:url'
import type * as Parent from './parent/index.ts'
import { ownFile } from './system/own-files.ts'

/**
 * Returns what `parent/index.ts` exports. By require: for an `import`, Node reads through all of the file for the names
 * that it exports, which takes Node 20 and 22 several times as long as running it, and some megabytes.
 *
 * Throws in the caller's name where a bundler has left the file behind.
 */
export function loadParent(caller: string): typeof Parent {
  const path = fileURLToPath(ownFile('parent.cjs', caller))
  return process.getBuiltinModule('node:module').createRequire(path)(path)
}
