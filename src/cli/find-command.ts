/** The file of a command, as a shell finds it: found out before anything is started. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { NOT_EXECUTABLE, NOT_FOUND } from '../protocol/exit.ts'
import type { Place } from './find-program.ts'
import { missingInterpreter } from './shebang.ts'
import { UsageError } from './usage-error.ts'

/** A word with a slash is a path; any other is looked for on PATH, and last of all here. */
export function findCommand(word: string, place: Place): string {
  const candidates = word.includes('/') ? [resolve(place.directory, word)] : onPath(word, place)
  const here = resolve(place.directory, word)
  const found = [...candidates, here].find(isExecutable)
  const interpreter = found && missingInterpreter(found)
  if (interpreter !== undefined)
    throw new UsageError(`${word} is to be run by ${interpreter}, which is not there`, NOT_EXECUTABLE)
  if (found !== undefined) return found
  if (isFile(here)) {
    throw new UsageError(
      `${word} is no Node program and not executable. Say what runs it, as in: exit75 python3 app.py`,
      NOT_EXECUTABLE,
    )
  }
  if (word.includes('/') && statOf(here)?.isDirectory()) {
    throw new UsageError(`${word} is a directory, and says nowhere what is to be run in it`, NOT_EXECUTABLE)
  }
  const where = word.includes('/') ? `in ${place.directory}` : 'here, and no such command on PATH'
  throw new UsageError(`there is no file ${word} ${where}`, NOT_FOUND)
}

function onPath(word: string, { directory, env }: Place): string[] {
  const endings = process.platform === 'win32' ? ['', ...(env.PATHEXT ?? '.EXE').split(';')] : ['']
  return (env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => endings.map((ending) => resolve(directory, join(folder, word + ending))))
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return isFile(path)
  } catch {
    return false // not there, or not for us
  }
}

export const isFile = (path: string): boolean => statOf(path)?.isFile() === true

const statOf = (path: string) => statSync(path, { throwIfNoEntry: false })
