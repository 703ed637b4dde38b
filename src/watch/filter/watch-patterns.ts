/**
 * Patterns among the watched paths, like `views/*.html`. The part before the first wildcard is watched,
 * and below it only matching files count.
 */
import { existsSync } from 'node:fs'
import { parse, relative, resolve, sep } from 'node:path'
import { isWithin } from '../files/paths.ts'

export interface WatchedNames {
  /** The paths to watch: those without a wildcard, and the fixed part of each pattern. */
  readonly paths: readonly string[]
  /** Whether a file is named, or matches a pattern. */
  readonly names: (path: string) => boolean
  /** Whether files below a directory can be named or match. */
  readonly reaches: (directory: string) => boolean
}

/** Resolves paths against the directory. A name that exists is not a pattern: `[id].ts`. */
export function watchedNames(watch: readonly string[], directory: string): WatchedNames {
  const resolved = watch.map((path) => resolve(directory, path))
  const plain = resolved.filter((path) => !isPattern(path))
  const patterns = resolved.filter(isPattern).flatMap(expanded).map(patternOf)
  const isPlain = (path: string) => plain.some((above) => isWithin(path, above))
  return {
    paths: [...new Set([...plain, ...patterns.map(({ base }) => base)])],
    names: (path) => isPlain(path) || patterns.some((pattern) => pattern.matches(path)),
    reaches: (path) => isPlain(path) || patterns.some((pattern) => pattern.reaches(path)),
  }
}

export const isPattern = (path: string): boolean => /[*?[{]/.test(path) && !existsSync(path)

interface Pattern extends Omit<WatchedNames, 'paths' | 'names'> {
  readonly base: string
  readonly matches: (path: string) => boolean
}

function patternOf(pattern: string): Pattern {
  const { root } = parse(pattern)
  const parts = pattern.slice(root.length).split(sep)
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => /[*?[]/.test(part)),
  )
  const base = root + fixed.join(sep)
  const rest = parts.slice(fixed.length).map((part) => (part === '**' ? part : partOf(part)))
  const below = (path: string) =>
    isWithin(path, base) ? relative(base, path).split(sep).filter(Boolean) : undefined
  return {
    base,
    matches(path) {
      const names = below(path)
      return names !== undefined && fits(names, rest, false)
    },
    reaches(path) {
      const names = below(path)
      return names === undefined ? isWithin(base, path) : fits(names, rest, true)
    },
  }
}

type Part = '**' | RegExp

/** `isBeginning`: whether the names need only fit the beginning, since more may follow. */
function fits(names: readonly string[], parts: readonly Part[], isBeginning: boolean): boolean {
  const [name, ...others] = names
  const [part, ...rest] = parts
  if (name === undefined && isBeginning) return parts.length > 0
  if (part === undefined) return name === undefined
  // A final `**` matches files; elsewhere it may also match no directory at all.
  if (part === '**')
    return (
      (rest.length > 0 && fits(names, rest, isBeginning)) ||
      (name !== undefined &&
        !name.startsWith('.') &&
        ((rest.length === 0 && others.length === 0) || fits(others, parts, isBeginning)))
    )
  return name !== undefined && part.test(name) && fits(others, rest, isBeginning)
}

/** `*`, `?` and `[a-z]` within one name, as in a shell; a leading dot must be matched explicitly. */
function partOf(part: string): RegExp {
  const source = part.replace(/\[[!^]?\]?[^\]]*\]|[*?]|[\\^$.|+(){}[\]]/g, (piece) => {
    if (piece === '*') return '[^/]*'
    if (piece === '?') return '[^/]'
    if (piece.length > 1 && piece.startsWith('[')) return piece.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
    return `\\${piece}`
  })
  return new RegExp(`^${/^[*?[]/.test(part) ? '(?!\\.)' : ''}${source}$`, 's')
}

/** Expands `{a,b}`, also nested. */
function expanded(pattern: string): string[] {
  const [, before = '', inner, after = ''] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(pattern) ?? []
  if (inner === undefined) return [pattern]
  return inner.split(',').flatMap((choice) => expanded(before + choice + after))
}
