/** Finds the file that Node would run for a word of the command line, or says why there is none. */
import { readFileSync } from 'node:fs'
import { extname, join, relative, resolve } from 'node:path'
import { MissingFile, UsageError } from '../options/usage-error.ts'
import { NOT_EXECUTABLE } from '../protocol/exit.ts'
import { entryFile } from '../system/entry-file.ts'
import { isDirectory } from '../watch/files/paths.ts'
import { isExecutable } from './executable.ts'
import { hasSlash, type Place } from './find-command.ts'
import { USAGE } from './help.ts'
import { interpreterOf } from './shebang.ts'
import { bringLoader } from './typescript.ts'

export interface NodeFile {
  readonly file: string
  /** What Node is given, and the program sees as its name: Node completes it at each start. */
  readonly path: string
  /** Node flags from its `#!` line. */
  readonly flags: readonly string[]
}

/** Returns the file that Node should run for a word. Undefined if it is not for Node. */
export function nodeFile(word: string, place: Place): NodeFile | undefined {
  const file = completed(word, place)
  if (file === undefined) return undefined
  const interpreter = interpreterOf(file)
  const path = resolve(place.directory, word)
  if (interpreter?.is === 'node') return { file, path, flags: interpreter.flags }
  const isForNode =
    hasNodeExtension(file) || (interpreter === undefined && (isPlain(file) || bringLoader(place.flags ?? [])))
  return isForNode ? { file, path, flags: [] } : undefined
}

/** Completes a path like Node: `app.js` for `app`, a directory's main file. Undefined if there is none. */
export function completed(word: string, { directory }: Place): string | undefined {
  return entryFile(resolve(directory, word))
}

export const hasNodeExtension = (path: string): boolean => /\.([cm]?[jt]s|[jt]sx)$/i.test(path)

/** Whether Node takes a file for JavaScript: no extension, and not executable. */
const isPlain = (file: string): boolean => extname(file) === '' && !isExecutable(file)

export const missing = (word: string, { directory }: Place): UsageError => new MissingFile(word, directory)

export const isPath = (word: string): boolean => hasSlash(word) || /^\.\.?$/.test(word)

export const isFolder = (word: string, { directory }: Place): boolean =>
  isPath(word) && isDirectory(resolve(directory, word))

/** A main file named by package.json may yet be built; without one there is nothing to wait for. */
export function withoutMain(word: string, { directory }: Place): UsageError {
  const folder = resolve(directory, word)
  const main = mainOf(join(folder, 'package.json'))
  if (main !== undefined) return new MissingFile(relative(directory, join(folder, main)), directory)
  return new UsageError(
    `nothing says what to run in ${folder}: there is no "main" in its package.json, and no index.js. ${USAGE}`,
    NOT_EXECUTABLE,
  )
}

function mainOf(description: string): string | undefined {
  try {
    const { main } = JSON.parse(readFileSync(description, 'utf8'))
    return typeof main === 'string' && main !== '' ? main : undefined
  } catch {
    return undefined // there is none, or it cannot be read
  }
}
