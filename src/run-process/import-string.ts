/** Imports an export of a module by name. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isRecord } from '../protocol/json.ts'
import { type Exported, exported } from './target.ts'

/**
 * Imports a module and resolves with one of its exports: `'./pkg/mod.js#name'`, from the working directory.
 * Rejects with an error that names the module or export that does not exist.
 */
export async function importString(target: string | URL): Promise<unknown> {
  const directory = process.cwd()
  const wanted = exported(target, directory, 'importString()')
  const { module, name } = wanted
  const url = addressOf(wanted, directory)
  const found = await load(url, wanted, directory)
  const exports = { ...(isRecord(found.default) ? found.default : {}), ...found }
  if (Object.hasOwn(exports, name)) return exports[name]
  const names = Object.keys(exports).filter((key) => key !== 'module.exports')
  const known = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`
  throw new Error(`importString(): the module ${module} has no export "${name}": ${known}`)
}

/** Resolves packages, like files, from the working directory. */
function addressOf({ module, file }: Exported, directory: string): string {
  if (file !== null) return pathToFileURL(file).href
  try {
    return pathToFileURL(createRequire(join(directory, 'of-the-name')).resolve(module)).href
  } catch (cause) {
    throw missing(module, directory, cause)
  }
}

async function load(
  url: string,
  { module, file }: Exported,
  directory: string,
): Promise<Record<string, unknown>> {
  try {
    return await import(url)
  } catch (error) {
    // Errors of the module itself are passed on.
    const isMissing = (error as NodeJS.ErrnoException | null)?.code === 'ERR_MODULE_NOT_FOUND'
    throw isMissing && file !== null && !existsSync(file) ? missing(module, directory, error) : error
  }
}

const missing = (module: string, directory: string, cause: unknown): Error =>
  new Error(`importString(): there is no module ${module} in ${directory}`, { cause })
