/**
 * Patterns among the paths that are to be watched, as `views/*.html`. The part without a wildcard is watched,
 * and below it counts what the pattern names.
 */
import { existsSync } from 'node:fs'
import { parse, relative, resolve, sep } from 'node:path'
import { isWithin } from '../files/paths.ts'

export interface WatchedNames {
  /** What is to be watched: what was named without a wildcard, and where the patterns begin. */
  readonly paths: readonly string[]
  /** Whether a file is among what was named. */
  readonly names: (path: string) => boolean
  /** Whether files below a directory can be. */
  readonly reaches: (directory: string) => boolean
}

/** Relative to the directory. What exists under its name is no pattern, whatever it is called: `[id].ts`. */
export function watchedNames(watch: readonly string[], directory: string): WatchedNames {
  const all = watch.map((one) => resolve(directory, one))
  const plain = all.filter((path) => !isPattern(path))
  const patterns = all.filter(isPattern).flatMap(expanded).map(patternOf)
  const isPlain = (path: string) => plain.some((one) => isWithin(path, one))
  return {
    paths: [...new Set([...plain, ...patterns.map(({ base }) => base)])],
    names: (path) => isPlain(path) || patterns.some((one) => one.matches(path)),
    reaches: (path) => isPlain(path) || patterns.some((one) => one.reaches(path)),
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

/** `isBeginning`: whether more names may follow that would fit then. */
function fits(names: readonly string[], parts: readonly Part[], isBeginning: boolean): boolean {
  const [name, ...others] = names
  const [part, ...rest] = parts
  if (name === undefined && isBeginning) return parts.length > 0
  if (part === undefined) return name === undefined
  // At its end, `**` names files; elsewhere it may stand for no directory at all.
  if (part === '**')
    return (
      (rest.length > 0 && fits(names, rest, isBeginning)) ||
      (name !== undefined &&
        !name.startsWith('.') &&
        ((rest.length === 0 && others.length === 0) || fits(others, parts, isBeginning)))
    )
  return name !== undefined && part.test(name) && fits(others, rest, isBeginning)
}

/** `*`, `?` and `[a-z]` within one name, as a shell has them; a name that begins with a dot needs one. */
function partOf(part: string): RegExp {
  const source = part.replace(/\[[!^]?\]?[^\]]*\]|[*?]|[\\^$.|+(){}[\]]/g, (piece) => {
    if (piece === '*') return '[^/]*'
    if (piece === '?') return '[^/]'
    if (piece.length > 1 && piece.startsWith('[')) return piece.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
    return `\\${piece}`
  })
  return new RegExp(`^${/^[*?[]/.test(part) ? '(?!\\.)' : ''}${source}$`, 's')
}

/** `{a,b}` stands for each, also within another. */
function expanded(pattern: string): string[] {
  const [, before = '', inner, after = ''] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(pattern) ?? []
  if (inner === undefined) return [pattern]
  return inner.split(',').flatMap((one) => expanded(before + one + after))
}
