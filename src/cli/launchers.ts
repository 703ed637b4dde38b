/**
 * The commands tsx, ts-node and swc-node start Node in a process of their own, whose loaded files would not be reported.
 * So they are replaced by the Node flags that they stand for.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { upwards } from '../system/upwards.ts'
import { isFile } from './executable.ts'
import { onPath, type Place } from './find-command.ts'
import type { Launched, Launcher, Loader } from './loaders.ts'
import { bySwcNode } from './swc-node-command.ts'
import { byTsNode } from './ts-node-command.ts'
import { byTsx } from './tsx-command.ts'
import { behindWrapper } from './yarn-wrapper.ts'

/**
 * Returns the program of a command line that begins with a launcher: by name, by path, or through a package
 * manager. Undefined for any other, and if the launcher does not run a file: then it runs unchanged.
 */
export function launchedBy(words: readonly string[], place: Place): Launched | undefined {
  const launcher = launcherIn(words, place)
  if (launcher === undefined) return undefined
  const translate = { tsx: byTsx, 'ts-node': byTsNode, '@swc-node/register': bySwcNode }[launcher.loader]
  return translate(launcher, place.env)
}

function launcherIn(words: readonly string[], place: Place): Launcher | undefined {
  const [word = '', ...args] = withoutPackageManager(words)
  const name = basename(word).replace(/\.(cmd|exe|ps1)$/, '')
  const isBin = /(^|[\\/])node_modules[\\/](tsx|ts-node|swc-node)[\\/]/.test(word)
  if (PACKAGES[name] === undefined && !isBin) return undefined
  const found = /[\\/]/.test(word) ? resolve(place.directory, word) : onPath(word, place)
  const file = (found && behindWrapper(found)) ?? found
  const owner = file === undefined ? installed(name, place.directory) : ownerOf(file)
  if (owner === undefined) return undefined
  const called = PACKAGES[name] === undefined ? owner.bin : name
  return called === undefined ? undefined : { loader: owner.loader, name: called, from: owner.from, args }
}

/** Packages with such a command, and the loader that it uses. */
const LOADER_OF: Readonly<Record<string, Loader>> = {
  tsx: 'tsx',
  'ts-node': 'ts-node',
  'swc-node': '@swc-node/register',
}

/** Packages by the names of their commands. */
const PACKAGES: Readonly<Record<string, string>> = {
  tsx: 'tsx',
  'ts-node': 'ts-node',
  'ts-node-esm': 'ts-node',
  'ts-node-script': 'ts-node',
  'ts-node-cwd': 'ts-node',
  'ts-node-transpile-only': 'ts-node',
  'ts-script': 'ts-node',
  'swc-node': 'swc-node',
}

/** Returns the words without a package manager: `npx tsx …`, `pnpm exec tsx …`, `yarn tsx …`. */
function withoutPackageManager(words: readonly string[]): readonly string[] {
  if (!/^(npx|npm|pnpm|pnpx|yarn|bunx)$/.test(words[0] ?? '')) return words
  const at = words.findIndex(
    (word, index) => index > 0 && !/^(exec|run|x|dlx|-y|--yes|--no|--no-install|--)$/.test(word),
  )
  return PACKAGES[words[at] ?? ''] === undefined ? words : words.slice(at)
}

interface Owner {
  readonly loader: Loader
  readonly from: string
  /** The name of the package's command that the file implements. */
  readonly bin?: string
}

/** Returns the package of a file; for a script in `.bin`, the one in the folder beside it. */
function ownerOf(file: string): Owner | undefined {
  if (!isFile(file)) return undefined
  const real = realpathSync(file)
  for (const at of upwards(dirname(real))) {
    const from = join(at, 'package.json')
    if (!existsSync(from)) continue
    const { name, bin } = contentOf(from)
    const loader = LOADER_OF[name ?? '']
    if (name === undefined || loader === undefined) break
    const bins: [string, string][] = Object.entries(typeof bin === 'string' ? { [name]: bin } : (bin ?? {}))
    const own = bins.find(([, path]) => resolve(at, path) === real)?.[0]
    return { loader, from, ...(own === undefined ? {} : { bin: own }) }
  }
  const owner = PACKAGES[basename(file)] ?? ''
  const loader = LOADER_OF[owner]
  const beside = join(dirname(file), '..', owner, 'package.json')
  return loader !== undefined && existsSync(beside) ? { loader, from: realpathSync(beside) } : undefined
}

function contentOf(description: string): { name?: string; bin?: string | Record<string, string> } {
  try {
    return JSON.parse(readFileSync(description, 'utf8'))
  } catch {
    return {} // Node will report what is wrong with it
  }
}

/** Returns the package of a command that the project has installed, but not on PATH. */
function installed(name: string, directory: string): Owner | undefined {
  const owner = PACKAGES[name] ?? ''
  const loader = LOADER_OF[owner]
  if (loader === undefined) return undefined
  try {
    return { loader, from: createRequire(join(directory, 'package.json')).resolve(`${owner}/package.json`) }
  } catch {
    return undefined
  }
}
