/** Node flags that run TypeScript with a loader, as in the loader's own documentation. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { upwards } from '../system/upwards.ts'

/** In order of preference, for a package that depends on several. */
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

/** The program that a launcher runs. */
export interface Launched {
  readonly loader: Loader
  /** As typed. */
  readonly entry: string
  readonly args: readonly string[]
  /** Returns the flags for the entry's file. */
  readonly flags: (file: string) => LoaderFlags
}

/** `from`: a file of the project that has the loader installed. The flags hold absolute paths. */
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
  // --loader would do the same, with a warning from Node.
  const register = () => `import{register}from"node:module";register("${url('ts-node/esm')}")`
  return {
    flags: isModule
      ? ['--import', `data:text/javascript,${register()}`]
      : ['-r', resolve('ts-node/register')],
    env: projectOf(entry, env),
  }
}

/** Whether Node would load a file as ESM, except for what it detects only by parsing. */
function isEsModule(entry: string): boolean {
  const kind = extname(entry)
  if (kind !== '.ts' && kind !== '.tsx' && kind !== '.jsx') return kind === '.mts'
  const description = above(entry, 'package.json')
  if (description === undefined) return false
  try {
    return JSON.parse(readFileSync(description, 'utf8')).type === 'module'
  } catch {
    return false // Node will report what is wrong with it
  }
}

/** The command ts-node searches tsconfig.json upwards from the entry, its register from the `cwd`. */
function projectOf(entry: string, env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  const project = above(entry, 'tsconfig.json')
  return project === undefined || env.TS_NODE_PROJECT !== undefined ? {} : { TS_NODE_PROJECT: project }
}

function above(file: string, name: string): string | undefined {
  for (const at of upwards(dirname(file))) if (existsSync(join(at, name))) return join(at, name)
  return undefined
}
