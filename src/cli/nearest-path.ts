/** Suggests what was meant by a file or directory that does not exist. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { shown } from '../log.ts'
import { nearest } from '../options/did-you-mean.ts'
import { isPattern } from '../watch/filter/watch-patterns.ts'

/** Returns one line for each path to watch that does not exist; it may still be created. */
export function missingPaths(watch: readonly string[] | undefined, directory: string): string[] {
  return (watch ?? [])
    .map((path) => relative(directory, resolve(directory, path)))
    .filter((path) => !existsSync(resolve(directory, path)) && (!isPattern(path) || isException(path)))
    .map((path) => `there is no ${shown(path)} to watch · ${whatIsMeant(path, directory)}`)
}

/** Whether a path is an exclusion, as in chokidar and nodemon. */
const isException = (path: string): boolean => path.startsWith('!')

function whatIsMeant(path: string, directory: string): string {
  if (isException(path)) return `to leave it out: --ignore ${shown(path.slice(1))}`
  const parts = path.split(',')
  if (parts.length > 1 && parts.some((part) => part !== '' && existsSync(resolve(directory, part))))
    return `one option for each path: ${parts.map((part) => `--watch ${shown(part)}`).join(' ')}`
  const near = nearestPath(path, directory).replace(/^ · (.*)/, '$1 · ')
  return `${near}it will be watched once it exists`
}

/** Returns one line for each pattern to ignore that is meant as several; a file may have such a name. */
export const joinedPatterns = (ignore: readonly string[] = []): string[] =>
  ignore
    .filter((pattern) => /[^\\],/.test(pattern) && !/^\/.+\/\w*$/.test(pattern) && !existsSync(pattern))
    .map(
      (pattern) => `--ignore ${pattern}: as in .gitignore, a comma separates nothing · one option for each`,
    )

/** Returns ` · did you mean lib/server.js?` for a path close to an existing one, else an empty string. */
export function nearestPath(path: string, directory: string): string {
  const wanted = resolve(directory, path)
  let missing = wanted
  while (dirname(missing) !== missing && !existsSync(dirname(missing))) missing = dirname(missing)
  const name = nearest(basename(missing), namesIn(dirname(missing)))
  if (name === undefined) return ''
  const found = join(dirname(missing), name, relative(missing, wanted))
  const existing = existsSync(found) ? found : join(dirname(missing), name)
  return ` · did you mean ${relative(directory, existing)}?`
}

/** Returns a hint for users of `node --watch app.js`, where the option takes no value. Else an empty string. */
export function programAmong(watch: readonly string[] = []): string {
  const program = watch.find((path) => /\.[cm]?[jt]sx?$/.test(path))
  return program === undefined ? '' : ` · to run ${shown(program)}: exit75 ${shown(program)}`
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return [] // no permission
  }
}
