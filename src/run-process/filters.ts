/** What counts of the paths that `runProcess()` watches. The rules themselves are those of the watch. */
import { basename, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Change } from '../protocol/change.ts'
import { CODE_ENDINGS } from '../watch/files/code.ts'
import { isWithin } from '../watch/files/paths.ts'
import { TOOL_DIRECTORIES, TOOL_PATTERNS } from '../watch/filter/default-ignores.ts'
import type { FilterRules } from '../watch/filter/filter.ts'

/** The last word on a change; or the names that do not count; or null: everything counts. */
export type WatchFilter = ((change: Change['type'], path: string) => boolean) | DefaultFilter | null

export interface FilterOptions {
  /** Names of directories that are not looked into. Default: those of version control, packages and caches. */
  readonly ignoreDirs?: readonly string[]
  /** Names, of files and directories, that do not count. Default: what editors and compilers leave. */
  readonly ignoreEntityPatterns?: readonly (RegExp | string)[]
  /** Paths that do not count, with everything below them. Default: none. */
  readonly ignorePaths?: readonly (string | URL)[]
}

/** Everything but what tools keep for themselves, and what .gitignore and .reloadignore name. */
export class DefaultFilter {
  /** With the dot; null: any. */
  readonly extensions: readonly string[] | null = null
  readonly #directories: ReadonlySet<string>
  readonly #patterns: readonly RegExp[]
  readonly #paths: readonly string[]

  constructor({
    ignoreDirs = TOOL_DIRECTORIES,
    ignoreEntityPatterns = TOOL_PATTERNS,
    ignorePaths = [],
  }: FilterOptions = {}) {
    this.#directories = new Set(ignoreDirs)
    this.#patterns = ignoreEntityPatterns.map((one) => new RegExp(one))
    this.#paths = ignorePaths.map((one) => resolve(one instanceof URL ? fileURLToPath(one) : one))
  }

  /** Whether a change counts; a subclass may say so, too. Of the path, each part is looked at. */
  accepts(_change: Change['type'], path: string): boolean {
    const isCode = this.extensions?.some((ending) => path.endsWith(ending)) ?? true
    const parts = path.split(sep)
    return isCode && !parts.some((part) => this.#directories.has(part)) && !this.passesOver(path)
  }

  /** Whether a file or directory is passed over, seen by its own name and by where it is. */
  passesOver(path: string): boolean {
    const name = basename(path)
    return (
      this.#directories.has(name) ||
      this.#patterns.some((one) => name.search(one) !== -1) ||
      this.#paths.some((one) => isWithin(path, one))
    )
  }
}

/** Of all that, only what can be code of a Node program. */
export class CodeFilter extends DefaultFilter {
  override readonly extensions: readonly string[]

  constructor({
    extraExtensions = [],
    ...options
  }: FilterOptions & { readonly extraExtensions?: readonly string[] } = {}) {
    super(options)
    this.extensions = [...CODE_ENDINGS, ...extraExtensions.map((one) => `.${one.replace(/^\./, '')}`)]
  }
}

/** The same as rules of the watch, which does not even look into directories that do not count. */
export function rulesOf(filter: WatchFilter): Partial<FilterRules> {
  if (filter === null) return { ignoreFiles: false, never: () => false, counts: () => true }
  if (typeof filter === 'function') return { counts: filter }
  const never = (path: string) => filter.passesOver(path)
  const { extensions } = filter
  // The rules say it already, and not of what is above a path that was named: that one always counts.
  const isPlain = filter.accepts === DefaultFilter.prototype.accepts
  return {
    extensions,
    never,
    counts: isPlain ? () => true : (change, path) => filter.accepts(change, path),
  }
}
