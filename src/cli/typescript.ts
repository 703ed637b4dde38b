/** Chooses the flags with which Node runs a file that is not JavaScript: none, or the project's loader. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../options/usage-error.ts'
import { withoutPlugNPlay } from '../parent/programs/node-flags.ts'
import { wordsOf } from '../system/node-options.ts'
import { upwards } from '../system/upwards.ts'
import { flagsOfLoader, LOADERS, type Loader } from './loaders.ts'

export interface TypeScript {
  readonly flags: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** What runs the file, for the log. Undefined if there was no choice. */
  readonly by?: string
}

/**
 * Returns flags for an installed loader that the nearest package.json, or one above it, depends on; else
 * none if Node strips types itself; else for tsx, wherever it is installed. None if the user gave one.
 */
export function typeScriptFlags(
  entry: string,
  given: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
): TypeScript {
  const hasJsx = /\.[jt]sx$/.test(entry)
  if (!hasJsx && !/\.[cm]?ts$/.test(entry)) return NOTHING
  if (bringLoader([...given, ...withoutPlugNPlay(wordsOf(env.NODE_OPTIONS ?? ''))])) return NOTHING
  const packages = packagesAbove(entry)
  const loader = loaderOf(entry, packages)
  if (loader !== undefined) return { ...flagsOfLoader(loader.name, loader.from, entry, env), by: loader.name }
  if (!hasJsx && process.features.typescript) return { ...NOTHING, by: "Node's type stripping" }
  if (isInstalled('tsx', entry)) return { ...flagsOfLoader('tsx', entry, entry, env), by: 'tsx' }
  throw cannotRun(basename(entry), hasJsx, packages.flatMap(({ loaders }) => loaders)[0])
}

const NOTHING: TypeScript = { flags: [], env: {} }

/** Whether the user has chosen what runs a file: any preload may be a loader. */
export const bringLoader = (flags: readonly string[]): boolean =>
  flags.some((flag) => BRINGS_A_LOADER.test(flag))

const BRINGS_A_LOADER =
  /^(-r|--require|--import|--loader|--experimental-loader|--experimental-(strip|transform)-types|--strip-types)(=|$)/

interface PackageFile {
  readonly path: string
  /** The loaders that it depends on. */
  readonly loaders: readonly Loader[]
}

function loaderOf(
  entry: string,
  packages: readonly PackageFile[],
): { name: Loader; from: string } | undefined {
  for (const { path, loaders } of packages) {
    for (const name of loaders) {
      const from = [entry, path].find((file) => isInstalled(name, file))
      // By default ts-node does not transform JSX in JavaScript files.
      if (from !== undefined && !(name === 'ts-node' && entry.endsWith('.jsx'))) return { name, from }
    }
  }
  return undefined
}

/** Returns the package.json files with loaders, nearest first. */
function packagesAbove(entry: string): PackageFile[] {
  return [...upwards(dirname(entry))].flatMap((directory) => {
    const path = join(directory, 'package.json')
    const names = dependenciesIn(path)
    const loaders = LOADERS.filter((name) => names.has(name))
    return loaders.length > 0 ? [{ path, loaders }] : []
  })
}

function dependenciesIn(path: string): Set<string> {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8'))
    return new Set(FIELDS.flatMap((field) => Object.keys(content[field] ?? {})))
  } catch {
    return new Set() // missing, or Node will report what is wrong with it
  }
}

const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

function isInstalled(name: Loader, from: string): boolean {
  try {
    createRequire(from).resolve(name)
    return true
  } catch {
    return false
  }
}

function cannotRun(name: string, hasJsx: boolean, missing: Loader | undefined): UsageError {
  const why = hasJsx ? 'is written in JSX' : 'is TypeScript'
  const other = hasJsx ? '' : ', or use Node 22.18 or newer'
  const remedy =
    missing === undefined
      ? `npm install --save-dev tsx${other}`
      : `the package depends on ${missing}, which is not installed: npm install`
  return new UsageError(`${name} ${why}, which Node ${process.version} does not run by itself: ${remedy}`)
}
