/**
 * What decided where a module was found, besides the module itself: a change of it is an edit of the program.
 * The rules are Node's (https://nodejs.org/api/modules.html#all-together, esm.html#resolution-algorithm-specification).
 */
import { existsSync } from 'node:fs'
import module from 'node:module'
import { delimiter, dirname, extname, isAbsolute, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { realPathOf } from '../system/real-path.ts'
import { upwards } from '../system/upwards.ts'
import { isRoot, isWithin, START } from '../watch/files/paths.ts'

export interface Request {
  readonly specifier: string
  readonly parentURL: string | undefined
  /** Whether CommonJS asks: it completes names. */
  readonly isRequire: boolean
}

/** Returns the package.json that applies to a directory: the `type`, `imports`, `main` and `exports` of its files. */
export function packageOf(directory: string): string | undefined {
  if (packages.has(directory)) return packages.get(directory)
  const own = join(directory, 'package.json')
  const above = dirname(directory)
  const found = existsSync(own) ? own : above === directory ? undefined : packageOf(above)
  packages.set(directory, found)
  return found
}
const packages = new Map<string, string | undefined>()

/** Returns where a package.json would decide in place of the one found; outside all packages, below the working directory. */
export function nearerDescriptions(file: string): string[] {
  const found = packageOf(dirname(file))
  const isBelow = (at: string) =>
    !isRoot(at) && (found === undefined ? isWithin(at, START) : at !== dirname(found))
  const all: string[] = []
  for (const at of upwards(dirname(file))) {
    if (!isBelow(at)) break
    all.push(join(at, 'package.json'))
  }
  return all
}

/** Returns the path by which a module was requested, if a symbolic link is on it. */
export function linkTo(file: string, request: Request): string | undefined {
  const path = pathOf(request)
  if (path === undefined) return packagesNamed(request).find((one) => leadsTo(file, one))
  const isPlain =
    file === path ||
    file.startsWith(path + sep) ||
    (file.startsWith(`${path}.`) && dirname(file) === dirname(path))
  return isPlain ? undefined : linkOn(path, file)
}

/** Returns the part of a path with the links on it: not the last name if that lacks its extension, and is not a file. */
export const linkOn = (path: string, file: string | undefined = undefined): string | undefined =>
  [path, dirname(path)].find((one) => leadsTo(file, one))

/** Whether a path with links on it leads to a file, or anywhere. */
function leadsTo(file: string | undefined, path: string): boolean {
  const real = realPathOf(path)
  if (real === undefined || real === path) return false
  return file === undefined || file === real || file.startsWith(real + sep)
}

/** Returns the files that `require` would have preferred to the one it found, had they existed. */
export function earlierCandidates(file: string, request: Request): string[] {
  const path = request.isRequire ? pathOf(request) : undefined
  if (path === undefined || path === file || realPathOf(path) === file) return []
  const endings = Object.keys((module as unknown as { _extensions: object })._extensions)
  const completed = (stem: string) => endings.map((ending) => stem + ending)
  const asFile = /(^|\/)\.{0,2}$/.test(request.specifier) ? [] : [path, ...completed(path)]
  const all = [...asFile, join(path, 'package.json'), ...completed(join(path, 'index'))]
  const at = all.findIndex((one) => one === file || realPathOf(one) === file)
  return all.slice(0, at === -1 ? asFile.length : at).filter((one) => !existsSync(one))
}

/** Returns where a module that was not found may be created: a file, a package, the target of `exports` or `#imports`. */
export function placesOfMissing(request: Request, error: unknown): string[] {
  const path = pathOf(request) ?? targetIn(error)
  return path === undefined ? packagesNamed(request) : [path]
}

/** Returns the file that a specifier names. Undefined for names of packages, and of their parts. */
function pathOf({ specifier, parentURL, isRequire }: Request): string | undefined {
  if (!/^(\.{0,2}\/|\.{1,2}$|file:)/.test(specifier) && !isAbsolute(specifier)) return undefined
  try {
    // An entry has no importing module; and `require` takes paths, not URLs.
    if (specifier.startsWith('file:')) return fileURLToPath(specifier)
    if (parentURL === undefined) return isAbsolute(specifier) ? specifier : undefined
    return isRequire
      ? resolve(dirname(fileURLToPath(parentURL)), specifier)
      : fileURLToPath(new URL(specifier, parentURL))
  } catch {
    return undefined // not the name of a file: a URL with another scheme, or a malformed one
  }
}

/** Returns the missing package.json files of nearer places, where the same package would have been found first. */
export function nearerPackages(file: string, request: Request): string[] {
  const all = packagesNamed(request)
  if (all.length < 2) return []
  const stem = file.slice(0, file.length - extname(file).length)
  const at = all.findIndex((one) => file.startsWith(one + sep) || stem === one || leadsTo(file, one))
  const nearer = all.slice(0, Math.max(at, 0)).flatMap(beginningsOf)
  return nearer.filter((one) => !existsSync(one))
}

/** Returns the files with which a package begins to exist: in a directory of NODE_PATH modules of one file are common. */
const beginningsOf = (directory: string): string[] => [
  join(directory, 'package.json'),
  ...(NODE_PATH.some((one) => isWithin(directory, one)) ? [`${directory}.js`] : []),
]

/** The directories in which a package of that name is looked for, the nearest first. */
function packagesNamed({ specifier, parentURL, isRequire }: Request): string[] {
  const name = /^(@[^/]+\/[^/]+|[^./@#:][^/:]*)(\/|$)/.exec(specifier)?.[1]
  if (name === undefined || !parentURL?.startsWith('file:')) return []
  const above = packageDirectories(dirname(fileURLToPath(parentURL)))
  return [...above, ...(isRequire ? NODE_PATH : [])].map((one) => join(one, name))
}

/** Where `require` looks last; Node reads it once, at its start. */
const NODE_PATH = (process.env.NODE_PATH ?? '').split(delimiter).filter((one) => one !== '')

/** Returns the `node_modules` directories above that exist, or could: beside a package.json. */
function packageDirectories(directory: string): readonly string[] {
  const known = installed.get(directory)
  if (known !== undefined) return known
  const own = join(directory, 'node_modules')
  const isOne = existsSync(own) || existsSync(join(directory, 'package.json'))
  const above = dirname(directory)
  const found = [...(isOne ? [own] : []), ...(above === directory ? [] : packageDirectories(above))]
  installed.set(directory, found)
  return found
}
const installed = new Map<string, readonly string[]>()

/** Returns the missing file that Node names in its error, where `exports` or `imports` of a package have led to it. */
function targetIn(error: unknown): string | undefined {
  const { code, message = '', url } = (error ?? {}) as { code?: string; message?: string; url?: string }
  if (url?.startsWith('file:')) return fileURLToPath(url)
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return undefined
  return /'((?:\/|[A-Za-z]:[\\/])[^']*)'/.exec(message)?.[1]
}
