/** Decides which files and directories count below watched directories. */
import { basename, dirname, resolve } from 'node:path'
import type { Change } from '../../protocol/change.ts'
import { isWithin } from '../files/paths.ts'
import { statOf } from '../files/stamp.ts'
import { isDefaultIgnored } from './default-ignores.ts'
import { isIgnoreFile, ignoreFiles as readIgnoreFiles, relativePath } from './ignore-files.ts'
import { patternsOf } from './patterns.ts'

export interface FilterRules {
  /** The folder that `ignore` is relative to. Outside a repository, ignore files above it do not count. */
  readonly root: string
  /** The named paths, which count whatever the rules say. Default: the root. */
  readonly paths?: readonly string[]
  /** Globs as in .gitignore (`build`, `*.log`, `!keep.log`), or `/regular expression/flags`. */
  readonly ignore: readonly string[]
  /** The only extensions that count, with or without the dot. Null: all. */
  readonly extensions: readonly string[] | null
  /** Whether .gitignore and .reloadignore are obeyed. */
  readonly ignoreFiles: boolean
  /** Paths that never count, whatever the rules say. Default: files that belong to tools. */
  readonly never?: (path: string) => boolean
  /** Decides about changes that pass all other rules. */
  readonly counts?: (type: Change['type'], path: string) => boolean
  /** Called for a line in .reloadignore that is not a regular expression. Default: throws. */
  readonly failed?: (error: Error) => void
}

/** All paths are absolute. */
export interface Filter {
  /** Whether a directory is entered. */
  readonly enters: (directory: string) => boolean
  /** Whether a file can count. Checks the directories above it, too. */
  readonly passes: (path: string) => boolean
  /** Whether a change counts. */
  readonly counts: (type: Change['type'], path: string) => boolean
  /** Whether rules are read from this file: a change of it only goes to `changed`. */
  readonly holdsRules: (path: string) => boolean
  /** Rereads the rules in a file; returns whether they differ from before. */
  readonly changed: (path: string) => boolean
  /** Returns the rule files in and above the named paths, whether they exist or not. */
  readonly rules: () => string[]
}

/** Throws for an entry of `ignore` that is an invalid regular expression, and names it. */
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
  const own = patternsOf(ignore, base)
  const files = ignoreFiles ? readIgnoreFiles(base, failed) : undefined
  const endings = extensions?.map((extension) => `.${extension.replace(/^\./, '')}`)
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

  /** Returns the folder that a path is matched relative to: the root, or outside it the named path. */
  function baseOf(path: string): string {
    if (path !== base && isWithin(path, base)) return base
    return [...named].find((above) => path !== above && isWithin(path, above)) ?? dirname(path)
  }
}
