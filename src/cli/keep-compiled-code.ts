/** Lets Node cache the parent's compiled code beside the program's, which saves a tenth of a first start. */
import { existsSync } from 'node:fs'
import module from 'node:module'
import { dirname, resolve } from 'node:path'
import { compileCacheFrom } from '../system/compile-cache.ts'
import { entryFile } from '../system/entry-file.ts'
import type { Invocation } from './find-program.ts'

/** Only if there is a folder already: a program that runs once, or without a standby, leaves nothing behind. */
export function keepCompiledCode(program: Invocation): void {
  if (program.is !== 'node') return
  const [, entry = ''] = program.argv
  const path = resolve(entry)
  const folder = compileCacheFrom(dirname(entryFile(path) ?? path), process.env)
  const { enableCompileCache } = module as Partial<typeof module>
  if (folder !== null && existsSync(folder)) enableCompileCache?.(folder) // written at the exit
}
