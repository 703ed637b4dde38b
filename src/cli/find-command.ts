/** Finds the file of a command as a shell does, before anything is started. */
import { readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { MissingFile, UsageError } from '../options/usage-error.ts'
import { NOT_EXECUTABLE, NOT_FOUND } from '../protocol/exit.ts'
import { variable } from '../system/variables.ts'
import { isDirectory } from '../watch/files/paths.ts'
import { isExecutable, isFile, namesFor } from './executable.ts'
import { missingInterpreter } from './shebang.ts'

/** Where to look for a program. */
export interface Place {
  readonly directory: string
  readonly env: Readonly<NodeJS.ProcessEnv>
  /** Node flags given without naming node. */
  readonly flags?: readonly string[]
}

/** Returns the file of a command: a word with a slash is a path, any other is on PATH, or else here. */
export function findCommand(word: string, place: Place): string {
  const here = resolve(place.directory, word)
  const found = onPath(word, place) ?? namesFor(here, place.env).find((path) => isExecutable(path, place.env))
  const interpreter = found && missingInterpreter(found)
  if (interpreter !== undefined)
    throw new UsageError(`${word}: its interpreter ${interpreter} does not exist`, NOT_EXECUTABLE)
  if (found !== undefined) return found
  if (isFile(here)) {
    throw new UsageError(
      `${word} is neither a Node program nor executable. Say what runs it, as in: exit75 python3 app.py`,
      NOT_EXECUTABLE,
    )
  }
  if (isPlainlyFile(word)) throw new MissingFile(word, place.directory)
  throw new UsageError(
    `there is no file ${word} here, and no such command on PATH${hint(word, here, place.flags)}`,
    NOT_FOUND,
  )
}

/** Returns the file of a command on PATH. Undefined if there is none. */
export function onPath(word: string, { directory, env }: Place): string | undefined {
  if (hasSlash(word)) return undefined
  const names = namesFor(word, env)
  return foldersIn(variable(env, 'PATH') ?? '')
    .flatMap((folder) => names.map((name) => resolve(directory, join(folder, name))))
    .find((path) => isExecutable(path, env))
}

/** Splits PATH. On Windows a folder may be in double quotes, with a semicolon in its name. */
export const foldersIn = (path: string, isWindows: boolean = process.platform === 'win32'): string[] =>
  isWindows
    ? (path.match(/("[^"]*"|[^;])+/g) ?? []).map((folder) => folder.replaceAll('"', ''))
    : path.split(delimiter)

/** Whether a word is a path, as a shell sees it: with a slash, or on Windows with one of either kind, or a drive. */
export const hasSlash: (word: string) => boolean =
  process.platform === 'win32' ? (word) => /[\\/]|^[a-z]:/i.test(word) : (word) => word.includes('/')

function hint(word: string, here: string, flags: readonly string[] = []): string {
  // As some of Node's flags want their value.
  if (/^\d+$/.test(word) && flags.length > 0) return `. Did you mean ${flags.at(-1)}=${word}?`
  if (isScript(word, dirname(here))) return `. It is a script in package.json: npm run ${word}`
  // As in a shell, in front of a command.
  if (/^[A-Za-z_]\w*=/.test(word)) return `. To set a variable: exit75 --env ${word} …`
  if (isDirectory(here)) return `. It is a directory, which --watch ${word} watches`
  const ending = ['mjs', 'cjs', 'ts', 'mts', 'cts'].find((one) => isFile(`${here}.${one}`))
  return ending === undefined ? '' : `. Did you mean ${word}.${ending}?`
}

function isScript(word: string, directory: string): boolean {
  try {
    const { scripts } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return Object.hasOwn(scripts, word)
  } catch {
    return false // there is no package.json, or none with scripts
  }
}

/** A path, or a name with an extension; `python3.12` may be a command. */
const isPlainlyFile = (word: string): boolean =>
  hasSlash(word) || (/\.[a-z]\w*$/i.test(word) && !/\.(exe|cmd|bat)$/i.test(word))
