/** Lets Node cache the parent's compiled code beside the program's, which saves a tenth of a first start. */
import { existsSync } from 'node:fs'
import module from 'node:module'
import { dirname, resolve } from 'node:path'
import { compileCacheFrom, ownFolderIn } from '../system/compile-cache.ts'
import { entryFile } from '../system/entry-file.ts'
import type { Invocation } from './find-program.ts'

/** Only if a standby has made the folder: a program that runs once, or without one, leaves nothing behind. */
export function keepCompiledCode(program: Invocation): void {
  if (program.is !== 'node') return
  const [, entry = ''] = program.argv
  const path = resolve(entry)
  const folder = compileCacheFrom(dirname(entryFile(path) ?? path), process.env)
  const { enableCompileCache } = module as Partial<typeof module>
  const own = folder === null ? undefined : ownFolderIn(folder)
  if (own !== undefined && existsSync(own)) enableCompileCache?.(own) // written at the exit
}
