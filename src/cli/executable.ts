/** Which files a system runs as commands: by their permission, or on Windows by their extension. */
import { accessSync, constants } from 'node:fs'
import { extname } from 'node:path'
import { variable } from '../system/variables.ts'
import { statOf } from '../watch/files/stamp.ts'

const BY_ENDING = process.platform === 'win32'

/** What Windows runs if the variable PATHEXT does not say it. */
const USUAL = '.COM;.EXE;.BAT;.CMD'

/** Returns the names that a word may stand for as a command, in the order in which they are looked for. */
export function namesFor(
  word: string,
  env: Readonly<NodeJS.ProcessEnv>,
  byEnding: boolean = BY_ENDING,
): string[] {
  if (!byEnding) return [word]
  const endings = endingsIn(env)
  const completed = endings.map((ending) => word + ending)
  return endings.includes(extname(word).toLowerCase()) ? [word, ...completed] : completed
}

export function isExecutable(
  path: string,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
  byEnding: boolean = BY_ENDING,
): boolean {
  if (byEnding) return endingsIn(env).includes(extname(path).toLowerCase()) && isFile(path)
  try {
    accessSync(path, constants.X_OK)
    return isFile(path)
  } catch {
    return false // missing, or no permission
  }
}

function endingsIn(env: Readonly<NodeJS.ProcessEnv>): string[] {
  const endings = variable(env, 'PATHEXT', true) || USUAL
  return endings.toLowerCase().split(';').filter(Boolean)
}

export const isFile = (path: string): boolean => statOf(path)?.isFile() === true
