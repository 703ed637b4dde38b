/** The flags by which Node runs TypeScript with a loader, as the loader's own documentation has them. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The first that a package depends on is taken. */
export const LOADERS = ['tsx', '@swc-node/register', 'ts-node'] as const
export type Loader = (typeof LOADERS)[number]

export interface LoaderFlags {
  readonly flags: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

export interface Launcher {
  readonly loader: Loader
  /** The command's name. */
  readonly name: string
  /** A file of the package. */
  readonly from: string
  readonly args: readonly string[]
}

/** What a launcher is to run. */
export interface Launched {
  readonly loader: Loader
  /** As it was typed. */
  readonly entry: string
  readonly args: readonly string[]
  /** For the file that the entry is. */
  readonly flags: (file: string) => LoaderFlags
}

/** `from` is a file of the project that has it installed: absolute paths hold in every working directory. */
export function flagsOfLoader(
  name: Loader,
  from: string,
  entry: string,
  env: Readonly<NodeJS.ProcessEnv>,
  isModule: boolean = isEsModule(entry),
): LoaderFlags {
  const { resolve } = createRequire(from)
  const url = (specifier: string) => pathToFileURL(resolve(specifier)).href
  if (name === 'tsx') return { flags: ['--import', url('tsx')], env: {} }
  if (name === '@swc-node/register')
    return {
      flags: isModule ? ['--import', url('@swc-node/register/esm-register')] : ['-r', resolve(name)],
      env: {},
    }
  // As --loader it would be the same, with a warning of Node's.
  const register = () => `import{register}from"node:module";register("${url('ts-node/esm')}")`
  return {
    flags: isModule
      ? ['--import', `data:text/javascript,${register()}`]
      : ['-r', resolve('ts-node/register')],
    env: projectOf(entry, env),
  }
}

/** As Node decides it, but for what it finds out only by parsing. */
function isEsModule(entry: string): boolean {
  const kind = extname(entry)
  if (kind !== '.ts' && kind !== '.tsx' && kind !== '.jsx') return kind === '.mts'
  const description = above(entry, 'package.json')
  if (description === undefined) return false
  try {
    return JSON.parse(readFileSync(description, 'utf8')).type === 'module'
  } catch {
    return false // Node will say what is wrong with it
  }
}

/** The command ts-node looks for tsconfig.json from the entry on, its register from the working directory on. */
function projectOf(entry: string, env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  const project = above(entry, 'tsconfig.json')
  return project === undefined || env.TS_NODE_PROJECT !== undefined ? {} : { TS_NODE_PROJECT: project }
}

function above(file: string, name: string): string | undefined {
  for (let at = dirname(file); ; at = dirname(at)) {
    if (existsSync(join(at, name))) return join(at, name)
    if (at === dirname(at)) return undefined
  }
}
