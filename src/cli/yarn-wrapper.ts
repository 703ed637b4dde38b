/** Yarn puts the commands of packages on PATH as shell scripts that name the file for Node to run. */
import { beginningOf } from './shebang.ts'

/** Returns the file behind such a script. Undefined for any other file. */
export function behindWrapper(file: string): string | undefined {
  const [, path] = WRAPPER.exec(beginningOf(file, LONGEST)) ?? []
  return path && Buffer.from(path.replaceAll(QUOTE, "'"), 'latin1').toString()
}

const WRAPPER = /^#!\/bin\/sh\nexec "[^"\n]+" '((?:[^'\n]|'"'"')+)' "\$@"\n$/
/** A quote within quotes, for a shell. */
const QUOTE = `'"'"'`
/** Two paths and little else. */
const LONGEST = 2 * 4096 + 100
