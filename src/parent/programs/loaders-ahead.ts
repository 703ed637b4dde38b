/** Whether loaders may be loaded before what the user wants first: a standby holds them ahead then. */
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Preload } from '../../protocol/child-config.ts'
import { textOf } from '../../system/text-of.ts'
import { loaderIn } from './node-flags.ts'

/** `preloads`: in the order in which Node would run them. */
export function comeFirst(preloads: readonly Preload[], cwd: string, env: NodeJS.ProcessEnv): boolean {
  const last = preloads.findLastIndex(({ specifier }) => loaderIn(specifier) !== undefined)
  const before = preloads.slice(0, Math.max(last, 0)).map(({ specifier }) => specifier)
  return before.every(
    (specifier) =>
      loaderIn(specifier) !== undefined ||
      NO_MATTER.test(specifier) ||
      (SETS_VARIABLES.test(specifier) && !setsUpLoaders(cwd, env)),
  )
}

/** Packages whose import shows to no loader. */
const NO_MATTER = /^(reflect-metadata|source-map-support\/register|tsconfig-paths\/register)$/
/** Packages that set what stands in files. */
const SETS_VARIABLES = /^(dotenv(-\w+)?|@dotenvx\/dotenvx)\/config(\.\w+)?$/

/** Whether these files have a variable that a loader reads when it is loaded, such as `TS_NODE_PROJECT`. */
function setsUpLoaders(cwd: string, { DOTENV_CONFIG_PATH: named = '.env' }: NodeJS.ProcessEnv): boolean {
  const files = [named, ...namesIn(cwd).filter((name) => /^\.env(\.|$)/.test(name))]
  return files.some((name) => OF_LOADERS.test(textOf(resolve(cwd, name))))
}

const OF_LOADERS = /^\s*(export\s+)?(TS_NODE|TSX|SWC|BABEL|SUCRASE|ESBUILD|ESBK|OXC)_?\w*\s*=/m

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
