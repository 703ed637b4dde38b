/** Filters for the paths that `runProcess()` watches, converted to the watch's own rules. */
import { basename, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Change } from '../protocol/change.ts'
import { CODE_ENDINGS } from '../watch/files/code.ts'
import { isWithin } from '../watch/files/paths.ts'
import { TOOL_DIRECTORIES, TOOL_PATTERNS } from '../watch/filter/default-ignores.ts'
import type { FilterRules } from '../watch/filter/filter.ts'

/** A function that decides on each change, or a filter by names, or null: everything counts. */
export type WatchFilter = ((change: Change['type'], path: string) => boolean) | DefaultFilter | null

/** What a `DefaultFilter` or a `CodeFilter` leaves out. Each list replaces that of the default. */
export interface FilterOptions {
  /** Names of directories that are not entered. Default: those of version control, packages and caches. */
  readonly ignoreDirs?: readonly string[]
  /** Names of files and directories that do not count. Default: those that editors and compilers leave. */
  readonly ignoreEntityPatterns?: readonly (RegExp | string)[]
  /** Paths that do not count, with everything below them. Default: none. */
  readonly ignorePaths?: readonly (string | URL)[]
}

/** Everything except files that belong to tools, and those that .gitignore and .reloadignore name. */
export class DefaultFilter {
  /** With the dot. Null: any. */
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
    this.#patterns = ignoreEntityPatterns.map((pattern) => new RegExp(pattern))
    this.#paths = ignorePaths.map((path) => resolve(path instanceof URL ? fileURLToPath(path) : path))
  }

  /** Whether a change counts, by each part of its path. A subclass may override this. */
  accepts(_change: Change['type'], path: string): boolean {
    const isCode = this.extensions?.some((ending) => path.endsWith(ending)) ?? true
    const parts = path.split(sep)
    return isCode && !parts.some((part) => this.#directories.has(part)) && !this.passesOver(path)
  }

  /** Whether a file or directory is skipped, by its own name and its location. */
  passesOver(path: string): boolean {
    const name = basename(path)
    return (
      this.#directories.has(name) ||
      this.#patterns.some((pattern) => name.search(pattern) !== -1) ||
      this.#paths.some((ignored) => isWithin(path, ignored))
    )
  }
}

/** Like DefaultFilter, but only for extensions of a Node program's code. */
export class CodeFilter extends DefaultFilter {
  override readonly extensions: readonly string[]

  constructor({
    extraExtensions = [],
    ...options
  }: FilterOptions & {
    /** Further extensions, with or without the dot. Default: none. */
    readonly extraExtensions?: readonly string[]
  } = {}) {
    super(options)
    this.extensions = [
      ...CODE_ENDINGS,
      ...extraExtensions.map((extension) => `.${extension.replace(/^\./, '')}`),
    ]
  }
}

/** Converts a filter to rules of the watch, which does not even enter directories that do not count. */
export function rulesOf(filter: WatchFilter): Partial<FilterRules> {
  if (filter === null) return { ignoreFiles: false, never: () => false, counts: () => true }
  if (typeof filter === 'function') return { counts: filter }
  const never = (path: string) => filter.passesOver(path)
  const { extensions } = filter
  // Without an override the rules suffice: accepts() would also test directories above a named path.
  const isPlain = filter.accepts === DefaultFilter.prototype.accepts
  return {
    extensions,
    never,
    counts: isPlain ? () => true : (change, path) => filter.accepts(change, path),
  }
}
