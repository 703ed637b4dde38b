/**
 * The folder in which Node keeps compiled code: https://nodejs.org/api/module.html#module-compile-cache. Node compares
 * it with the source before each use.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { upwards } from './upwards.ts'

/** Returns the folder, beside other tools' caches. Null without `node_modules`: nothing is created elsewhere. */
export function compileCacheFrom(directory: string, env: NodeJS.ProcessEnv): string | null {
  if (env.NODE_COMPILE_CACHE !== undefined || env.NODE_DISABLE_COMPILE_CACHE !== undefined) return null
  for (const at of upwards(directory)) {
    const modules = join(at, 'node_modules')
    if (existsSync(modules)) return join(modules, '.cache', 'exit75')
  }
  return null
}

/** Returns the folder for the parent's own code. In the program's, it would tell a child that the program's is there. */
export const ownFolderIn = (compileCache: string): string => join(compileCache, 'parent')

/** Whether this version of Node has something in its folder there. */
export function isFilled(compileCache: string): boolean {
  try {
    return readdirSync(compileCache).some((name) => name.startsWith(`${process.version}-`))
  } catch {
    return false
  }
}
