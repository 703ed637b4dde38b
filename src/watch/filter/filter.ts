/** Decides what counts of the directories that are watched. */
import { basename, dirname, resolve } from 'node:path'
import type { Change } from '../../protocol/change.ts'
import { isWithin } from '../files/paths.ts'
import { statOf } from '../files/stamp.ts'
import { isDefaultIgnored } from './default-ignores.ts'
import { isIgnoreFile, ignoreFiles as readIgnoreFiles, relativePath } from './ignore-files.ts'
import { patternsOf } from './patterns.ts'

export interface FilterRules {
  /** The folder that `ignore` is relative to; where there is no git repository, ignore files above it do not count. */
  readonly root: string
  /** What is watched, as it was named: this counts whatever the rules say of it. By default the root. */
  readonly paths?: readonly string[]
  /** Globs as in .gitignore (`build`, `*.log`, `!keep.log`), or `/regular expression/flags`. */
  readonly ignore: readonly string[]
  /** The only ones that count, with or without the dot; null: all. */
  readonly extensions: readonly string[] | null
  /** Whether .gitignore and .reloadignore are obeyed. */
  readonly ignoreFiles: boolean
  /** What does not count whatever the rules say of it. Default: what tools keep for themselves. */
  readonly never?: (path: string) => boolean
  /** Has the last word. */
  readonly counts?: (type: Change['type'], path: string) => boolean
  /** Told of a line in .reloadignore that is no regular expression. Without this it is thrown. */
  readonly failed?: (error: Error) => void
}

/** All paths are absolute. */
export interface Filter {
  /** Whether a directory is looked into. */
  readonly enters: (directory: string) => boolean
  /** Whether a file can count. What is above it is looked at, too. */
  readonly passes: (path: string) => boolean
  /** Whether a change does. */
  readonly counts: (type: Change['type'], path: string) => boolean
  /** Whether a file is one that rules are read from: a change of it is told to `changed`, and counts for nothing else. */
  readonly holdsRules: (path: string) => boolean
  /** Reads the rules in a file again; true if they are others than before. */
  readonly changed: (path: string) => boolean
  /** The files with rules for what was named, in it and above it, whether they are there or not. */
  readonly rules: () => string[]
}

/** Throws if an entry of `ignore` is a regular expression and no valid one, and names it. */
export function createFilter({
  root,
  paths = [root],
  ignore,
  extensions,
  ignoreFiles,
  never = (path) => isDefaultIgnored(basename(path)),
  counts = () => true,
  failed = (error) => {
    throw error
  },
}: FilterRules): Filter {
  const base = resolve(root)
  const named = new Set(paths.map((path) => resolve(path)))
  const own = patternsOf(ignore)
  const files = ignoreFiles ? readIgnoreFiles(base, failed) : undefined
  const endings = extensions?.map((one) => `.${one.replace(/^\./, '')}`)
  const entered = new Map<string, boolean>()
  const holdsRules = (path: string) => files !== undefined && isIgnoreFile(path)

  return {
    enters,
    passes(path) {
      if (named.has(path)) return true
      if (holdsRules(path) || endings?.some((ending) => path.endsWith(ending)) === false) return false
      return enters(dirname(path)) && !isIgnored(path, false)
    },
    counts,
    holdsRules,
    changed(path) {
      if (files?.reread(path) !== true) return false
      entered.clear()
      return true
    },
    rules: () => [
      ...new Set([...named].flatMap((path) => (statOf(path)?.isFile() ? [] : (files?.from(path) ?? [])))),
    ],
  }

  function enters(directory: string): boolean {
    const known = entered.get(directory)
    if (known !== undefined) return known
    const above = dirname(directory)
    const isEntered =
      named.has(directory) || above === directory || (enters(above) && !isIgnored(directory, true))
    entered.set(directory, isEntered)
    return isEntered
  }

  function isIgnored(path: string, isDirectory: boolean): boolean {
    if (never(path)) return true
    const verdict = own(relativePath(baseOf(path), path, isDirectory))
    return verdict === 'unsaid' ? (files?.ignores(path, isDirectory) ?? false) : verdict === 'ignored'
  }

  /** What is not below the root is taken relative to what was named. */
  function baseOf(path: string): string {
    if (path !== base && isWithin(path, base)) return base
    return [...named].find((one) => path !== one && isWithin(path, one)) ?? dirname(path)
  }
}
