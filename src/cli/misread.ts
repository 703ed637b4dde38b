/** Command lines that a shell, or exit75, has read in another way than they were meant. */
import { dirname, extname, join, resolve } from 'node:path'
import { UsageError } from '../options/usage-error.ts'
import { isNode } from '../system/restarters.ts'
import { isDirectory } from '../watch/files/paths.ts'
import { isFile } from './executable.ts'
import { onPath, type Place } from './find-command.ts'
import { hasNodeExtension } from './program-file.ts'

/** Refuses `'python3 app.py' src`, as watchfiles takes it: a quoted line, and then paths to watch or arguments. */
export function refuseWordsAfterLine(line: string, args: readonly string[], place: Place): void {
  const [command = '', ...words] = line.trim().split(/\s+/)
  if (args.length === 0 || words.length === 0 || isFile(resolve(place.directory, line))) return
  if (!isNode(command) && onPath(command, place) === undefined) return
  const arePaths = args.every(
    (arg) => isFile(resolve(place.directory, arg)) || isDirectory(resolve(place.directory, arg)),
  )
  const watch = arePaths ? args.map((path) => `--watch ${path} `).join('') : ''
  const rest = arePaths ? '' : ` ${args.join(' ')}`
  throw new UsageError(`"${line}" is a whole line, and words follow it. Write: exit75 ${watch}${line}${rest}`)
}

/** Returns the line about `--watch src/*.js app.js` without quotes, of which the shell has made several files. */
export function expandedPattern(
  watch: readonly string[] = [],
  [program = '', ...args]: readonly string[],
  directory: string,
): string[] {
  const last = watch.at(-1)
  const first = resolve(directory, program)
  const isLike =
    last !== undefined &&
    last.localeCompare(first) < 0 && // as a shell sorts them
    dirname(last) === dirname(first) &&
    extname(last) === extname(program)
  if (
    !isLike ||
    !isFile(last) ||
    !args.some((arg) => hasNodeExtension(arg) && isFile(resolve(directory, arg)))
  )
    return []
  const pattern = join(dirname(program), `*${extname(program)}`)
  return [
    `${program} is run, and what follows are its arguments · is it from a pattern? Quote that: --watch '${pattern}'`,
  ]
}
