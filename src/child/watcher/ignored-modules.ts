import { dirname } from 'node:path'
import { isWithin } from '../../watch/files/paths.ts'
import { relativePath } from '../../watch/filter/ignore-files.ts'
import { patternsOf } from '../../watch/filter/patterns.ts'

/** Returns a test for paths that never count, by patterns relative to a directory (option `ignore`). */
export function ignoring(
  patterns: readonly string[],
  directory: string,
): (path: string, isDirectory?: boolean) => boolean {
  const verdict = patternsOf(patterns, directory)
  const isIgnored = (path: string, isDirectory: boolean): boolean =>
    path !== directory &&
    (verdict(relativePath(directory, path, isDirectory)) === 'ignored' || isIgnored(dirname(path), true))
  return (path, isDirectory = false) => isWithin(path, directory) && isIgnored(path, isDirectory)
}
