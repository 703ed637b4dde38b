/** Finds what somebody meant who named a file or directory that is not there. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { shown } from '../log.ts'
import { nearest } from '../options/did-you-mean.ts'
import { isPattern } from '../watch/filter/watch-patterns.ts'

/** One line for each path to watch that is not there. It may come, and is watched for that. */
export function missingPaths(watch: readonly string[] | undefined, directory: string): string[] {
  return (watch ?? [])
    .filter((path) => !existsSync(path) && !isPattern(path))
    .map(
      (path) =>
        `there is no ${shown(path)} to watch${nearestPath(path, directory)} · it is watched as soon as it is there`,
    )
}

/** ` · did you mean lib/server.js?` for a path that is nearly the one of something that exists; else nothing. */
export function nearestPath(path: string, directory: string): string {
  const wanted = resolve(directory, path)
  let missing = wanted
  while (dirname(missing) !== missing && !existsSync(dirname(missing))) missing = dirname(missing)
  const name = nearest(basename(missing), namesIn(dirname(missing)))
  if (name === undefined) return ''
  const found = join(dirname(missing), name, relative(missing, wanted))
  const isThere = existsSync(found) ? found : join(dirname(missing), name)
  return ` · did you mean ${relative(directory, isThere)}?`
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return [] // not for us to read
  }
}
