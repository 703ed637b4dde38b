/**
 * The ignore files of a tree: .gitignore, and .reloadignore with one regular expression per line, in
 * every folder from the top of the git repository down. Each is read when it is first needed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { upwards } from '../../system/upwards.ts'
import { fsPath } from '../files/fs-path.ts'
import { isWithin } from '../files/paths.ts'
import { statOf } from '../files/stamp.ts'
import { expression, expressions, globs, NO_PATTERNS, type Patterns } from './patterns.ts'

const NAMES = ['.gitignore', '.reloadignore'] as const
type Name = (typeof NAMES)[number]

export const isIgnoreFile = (path: string): boolean => nameOf(path) !== undefined

export interface IgnoreFiles {
  readonly ignores: (path: string, isDirectory: boolean) => boolean
  /** Rereads an ignore file; returns whether it has changed. */
  readonly reread: (path: string) => boolean
  /** Returns the ignore files in a folder and above it, whether they exist or not. */
  readonly from: (directory: string) => string[]
}

/** A folder and its ignore files. */
interface Place {
  readonly directory: string
  /** Undefined at the top. */
  readonly above: Place | undefined
  readonly rules: Record<Name, { readonly text: string; readonly patterns: Patterns }>
}

/** Outside a repository, the highest folder is `root`. `failed` is called for invalid expressions. */
export function ignoreFiles(root: string, failed: (error: Error) => void): IgnoreFiles {
  const top = resolve(root)
  const places = new Map<string, Place>()

  return {
    ignores(path, isDirectory) {
      const nearest = placeOf(dirname(path))
      const verdictOf = (name: Name, { directory, rules }: Place) =>
        rules[name].patterns(relativePath(directory, path, isDirectory))
      for (let place: Place | undefined = nearest; place; place = place.above)
        if (verdictOf('.reloadignore', place) === 'ignored') return true
      // The deepest file with a matching pattern decides.
      for (let place: Place | undefined = nearest; place; place = place.above) {
        const verdict = verdictOf('.gitignore', place)
        if (verdict !== 'unsaid') return verdict === 'ignored'
      }
      return false
    },
    reread(path) {
      const place = places.get(dirname(path))
      const name = nameOf(path)
      if (place === undefined || name === undefined) return false
      if (textOf(path) === place.rules[name].text) return false
      place.rules[name] = contentOf(path, name)
      return true
    },
    from(directory) {
      const paths: string[] = []
      for (let place: Place | undefined = placeOf(directory); place; place = place.above)
        for (const name of NAMES) paths.push(join(place.directory, name))
      return paths
    },
  }

  function placeOf(directory: string): Place {
    const known = places.get(directory)
    if (known !== undefined) return known
    const place = {
      directory,
      above: isHighest(directory) ? undefined : placeOf(dirname(directory)),
      rules: {
        '.gitignore': contentOf(join(directory, '.gitignore'), '.gitignore'),
        '.reloadignore': contentOf(join(directory, '.reloadignore'), '.reloadignore'),
      },
    }
    places.set(directory, place)
    return place
  }

  function isHighest(directory: string): boolean {
    if (existsSync(fsPath(join(directory, '.git')))) return true
    const above = dirname(directory)
    return above === directory || (isWithin(top, above) && top !== above && !isInRepository(above))
  }

  function contentOf(path: string, name: Name): { text: string; patterns: Patterns } {
    const text = textOf(path)
    if (text === '') return { text, patterns: NO_PATTERNS }
    return { text, patterns: name === '.gitignore' ? globs(text) : expressions(expressionsIn(text, path)) }
  }

  function expressionsIn(text: string, path: string): RegExp[] {
    return text.split(/\r?\n/).flatMap((line, at) => {
      const source = line.trim()
      if (source === '' || source.startsWith('#')) return []
      try {
        return expression(source, '', `${path}:${at + 1}: ${source}`)
      } catch (error) {
        failed(error as Error)
        return []
      }
    })
  }
}

const nameOf = (path: string): Name | undefined => NAMES.find((name) => name === basename(path))

/** Returns a path with forward slashes, and with one at the end if it is a directory. */
export const relativePath = (from: string, path: string, isDirectory: boolean): string =>
  relative(from, path).replaceAll(sep, '/') + (isDirectory ? '/' : '')

const isInRepository = (directory: string): boolean =>
  [...upwards(directory)].some((at) => existsSync(fsPath(join(at, '.git'))))

/** Returns the content. Empty if there is no file, or it cannot be read. */
function textOf(path: string): string {
  try {
    return statOf(path)?.isFile() ? readFileSync(fsPath(path), 'utf8') : ''
  } catch {
    return '' // gone in the meantime, or no permission
  }
}
