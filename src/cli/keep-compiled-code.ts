/** Lets Node cache the compiled code of the command and the parent beside the program's. */
import { existsSync, rmSync, statSync } from 'node:fs'
import module from 'node:module'
import { dirname, resolve } from 'node:path'
import { compileCacheFrom, ownFolderIn } from '../system/compile-cache.ts'

/**
 * Only if a standby has made the folder: a program that runs once, or without one, leaves nothing behind.
 * `word`: the first one of the command line, which is mostly the program.
 */
export function keepCompiledCode(word: string | undefined): void {
  const { enableCompileCache } = module as Partial<typeof module>
  const own = folderFor(word)
  if (own !== undefined && existsSync(own)) enableCompileCache?.(own) // written at the exit
}

/** Removes the folder, for the option says that nothing is to be kept: Node then writes nothing at the exit either. */
export function forgetCompiledCode(word: string | undefined): void {
  const own = folderFor(word)
  if (own === undefined) return
  try {
    rmSync(own, { recursive: true, force: true })
  } catch {} // not ours, or a read-only disk
}

function folderFor(word = '.'): string | undefined {
  try {
    const path = resolve(word)
    const named = statSync(path, { throwIfNoEntry: false })
    const at = named === undefined ? process.cwd() : named.isDirectory() ? path : dirname(path)
    const folder = compileCacheFrom(at, process.env)
    return folder === null ? undefined : ownFolderIn(folder)
  } catch {
    return undefined // the working directory is gone, or the word is not a path
  }
}
