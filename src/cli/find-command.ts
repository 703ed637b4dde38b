/** Finds the file of a command as a shell does, before anything is started. */
import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { MissingFile, UsageError } from '../options/usage-error.ts'
import { NOT_EXECUTABLE, NOT_FOUND } from '../protocol/exit.ts'
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
  const found = onPath(word, place) ?? [here].find(isExecutable)
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
    `there is no file ${word} here, and no such command on PATH${hint(word, here)}`,
    NOT_FOUND,
  )
}

/** Returns the file of a command on PATH. Undefined if there is none. */
export function onPath(word: string, { directory, env }: Place): string | undefined {
  if (word.includes('/')) return undefined
  const endings = process.platform === 'win32' ? ['', ...(env.PATHEXT ?? '.EXE').split(';')] : ['']
  return (env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => endings.map((ending) => resolve(directory, join(folder, word + ending))))
    .find(isExecutable)
}

function hint(word: string, here: string): string {
  // As a shell would have it in front of a command.
  if (/^[A-Za-z_]\w*=/.test(word)) return `. To set a variable: exit75 --env ${word} …`
  const ending = ['mjs', 'cjs', 'ts', 'mts', 'cts'].find((one) => isFile(`${here}.${one}`))
  return ending === undefined ? '' : `. Did you mean ${word}.${ending}?`
}

/** A path, or a name with an extension; `python3.12` may be a command. */
const isPlainlyFile = (word: string): boolean =>
  word.includes('/') || (/\.[a-z]\w*$/i.test(word) && !/\.(exe|cmd|bat)$/i.test(word))

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return isFile(path)
  } catch {
    return false // missing, or no permission
  }
}

export const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() === true
export const isFile = (path: string): boolean => statOf(path)?.isFile() === true

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined // ENAMETOOLONG for a whole shell line
  }
}
