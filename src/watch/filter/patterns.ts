/** Says of paths whether they are to be ignored: globs as in .gitignore, and regular expressions. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path/posix'
import type Ignore from 'ignore'

/** A negated glob keeps what an earlier one, or one of a folder above, ignores. */
export type Verdict = 'ignored' | 'kept' | 'unsaid'

/**
 * Of a path relative to the folder that the patterns belong to, with forward slashes, and with one
 * at the end if it is a directory.
 */
export type Patterns = (path: string) => Verdict

export const NO_PATTERNS: Patterns = () => 'unsaid'

/** As git does where it is not told otherwise. */
const IGNORE_CASE = process.platform === 'win32' || process.platform === 'darwin'

export function globs(lines: string | readonly string[]): Patterns {
  if (lines.length === 0) return NO_PATTERNS
  const ignore = createRequire(import.meta.url)('ignore') as typeof Ignore // only those who have globs need it
  const options = { ignorecase: IGNORE_CASE }
  const rules = ignore(options).add(lines)
  const rulesInside = new Map<string, Ignore.Ignore>()

  return (path) => {
    const { ignored, unignored } = rulesIn(dirname(path)).test(path)
    return ignored ? 'ignored' : unignored ? 'kept' : 'unsaid'
  }

  /**
   * Who asks for what is in a directory has entered that one, even where these rules ignore it: a
   * deeper .gitignore keeps it, or it was named. Inside, they count without that.
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

export function expressions(all: readonly RegExp[]): Patterns {
  if (all.length === 0) return NO_PATTERNS
  return (path) => {
    // A directory may be meant by its name alone, or by how the paths in it begin.
    const name = path.endsWith('/') ? path.slice(0, -1) : path
    // `search` begins at the firstStart, whatever the flags.
    return all.some((one) => name.search(one) !== -1 || path.search(one) !== -1) ? 'ignored' : 'unsaid'
  }
}

/** Globs, and regular expressions between slashes: `build`, `*.log`, `!keep.log`, `/\.gen\.\w+$/i`. */
export function patternsOf(entries: readonly string[]): Patterns {
  const isExpression = (entry: string) => BETWEEN_SLASHES.test(entry)
  const byGlob = globs(entries.filter((entry) => !isExpression(entry)))
  const byExpression = expressions(
    entries.filter(isExpression).map((entry) => {
      const [, source = '', flags = ''] = BETWEEN_SLASHES.exec(entry) ?? []
      return expression(source, flags, entry)
    }),
  )
  return (path) => (byExpression(path) === 'ignored' ? 'ignored' : byGlob(path))
}

/** What follows the last slash must be flags: `/src/generated` is a glob. */
const BETWEEN_SLASHES = /^\/(.+)\/([dgimsuvy]*)$/

/** `place` is named in the error. */
export function expression(source: string, flags: string, place: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (cause) {
    throw new Error(`${place} is not a regular expression: ${(cause as Error).message}`, { cause })
  }
}
