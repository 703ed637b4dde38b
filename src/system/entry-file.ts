import { statSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Returns the file that Node runs for an absolute path: `app.js` for `app`, a directory's main file. Undefined without one. */
export function entryFile(path: string): string | undefined {
  const { noDeprecation } = process
  process.noDeprecation = true // of a wrong `main` the program itself warns
  try {
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true
    return isFile ? path : createRequire(path).resolve(path)
  } catch {
    return undefined // no such module, or a name that no file has
  } finally {
    process.noDeprecation = noDeprecation as boolean
  }
}
