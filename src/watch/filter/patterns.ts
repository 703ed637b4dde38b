/** Matches paths against ignore patterns: globs as in .gitignore, and regular expressions. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path/posix'
import type Ignore from 'ignore'

/** `kept`: a negated glob overrides an earlier one, or one in a folder above. `unsaid`: nothing matches. */
export type Verdict = 'ignored' | 'kept' | 'unsaid'

/**
 * Takes a path relative to the patterns' folder, with forward slashes, and with one at the end if it
 * is a directory.
 */
export type Patterns = (path: string) => Verdict

export const NO_PATTERNS: Patterns = () => 'unsaid'

/** Git's default for `core.ignoreCase`. */
const IGNORE_CASE = process.platform === 'win32' || process.platform === 'darwin'

export function globs(lines: string | readonly string[]): Patterns {
  if (lines.length === 0) return NO_PATTERNS
  const ignore = createRequire(import.meta.url)('ignore') as typeof Ignore // loaded only if there are globs
  const options = { ignorecase: IGNORE_CASE }
  const rules = ignore(options).add(lines)
  const rulesInside = new Map<string, Ignore.Ignore>()

  return (path) => {
    const { ignored, unignored } = rulesIn(dirname(path)).test(path)
    return ignored ? 'ignored' : unignored ? 'kept' : 'unsaid'
  }

  /**
   * A caller asking about a path inside a directory has entered it, even if these rules ignore it: a
   * deeper .gitignore kept it, or it was named. So inside, the directory itself counts as not ignored.
   */
  function rulesIn(directory: string): Ignore.Ignore {
    if (directory === '.') return rules
    const above = rulesIn(dirname(directory))
    if (!above.ignores(`${directory}/`)) return above
    const known = rulesInside.get(directory)
    if (known !== undefined) return known
    const escaped = directory.replace(/[\\*?[\]!# ]/g, '\\$&')
    const inside = ignore(options).add(above).add(`!/${escaped}/`)
    rulesInside.set(directory, inside)
    return inside
  }
}

export function expressions(patterns: readonly RegExp[]): Patterns {
  if (patterns.length === 0) return NO_PATTERNS
  return (path) => {
    // An expression may mean a directory by its name, or by the paths in it.
    const name = path.endsWith('/') ? path.slice(0, -1) : path
    // `search` ignores lastIndex, which `test` would keep for the flags g and y.
    return patterns.some((pattern) => name.search(pattern) !== -1 || path.search(pattern) !== -1)
      ? 'ignored'
      : 'unsaid'
  }
}

/**
 * Globs, and regular expressions between slashes: `build`, `*.log`, `!keep.log`, `/\.gen\.\w+$/i`; and paths as
 * people write them: `./build`, or that of a place below `folder` in full. To git neither would mean anything.
 */
export function patternsOf(
  entries: readonly string[],
  folder: string,
  isWindows: boolean = process.platform === 'win32',
): Patterns {
  const lines: string[] = []
  const regular: RegExp[] = []
  for (const entry of entries) {
    const glob = isWindows ? withSlashes(entry) : entry
    const anchored = pathBelow(isWindows ? folder.replaceAll('\\', '/') : folder, glob)
    const [, source, flags = ''] = BETWEEN_SLASHES.exec(entry) ?? []
    if (anchored !== undefined) lines.push(anchored)
    else if (source !== undefined) regular.push(expression(source, flags, entry))
    else lines.push(glob)
  }
  const byGlob = globs(lines)
  const byExpression = expressions(regular)
  return (path) => (byExpression(path) === 'ignored' ? 'ignored' : byGlob(path))
}

/** Returns the glob for a path that was given as one. Undefined for anything else. */
function pathBelow(folder: string, entry: string): string | undefined {
  const [, not = '', path = ''] = /^(!?)(.*)$/s.exec(entry) ?? []
  if (path.startsWith('./')) return not + path.slice(1)
  const above = folder.endsWith('/') ? folder : `${folder}/`
  const same = (text: string) => (IGNORE_CASE ? text.toLowerCase() : text)
  if (above === '/' || !same(path).startsWith(same(above))) return undefined
  return `${not}/${path.slice(above.length)}`
}

/** In .gitignore a backslash escapes; in Windows paths only these characters can need that. */
const withSlashes = (glob: string): string => glob.replace(/\\(?![[\]!# ])/g, '/')

/** Only flags may follow the last slash: `/src/generated` is a glob. */
const BETWEEN_SLASHES = /^\/(.+)\/([dgimsuvy]*)$/

/** Throws an error that begins with `place` if the source is invalid. */
export function expression(source: string, flags: string, place: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (cause) {
    throw new Error(`${place} is not a regular expression: ${(cause as Error).message}`, { cause })
  }
}
