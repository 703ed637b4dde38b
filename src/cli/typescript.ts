/** What Node must be given to run a file that is not JavaScript: nothing, or a loader of the project's. */
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { wordsOf } from '../system/node-options.ts'
import { UsageError } from './usage-error.ts'

/** Node by itself where it strips types, else tsx if the project has it; nothing if the user gave a loader. */
export function typeScriptFlags(
  entry: string,
  given: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
): readonly string[] {
  const hasJsx = /\.[jt]sx$/.test(entry)
  if (!hasJsx && !/\.[cm]?ts$/.test(entry)) return []
  if ([...given, ...wordsOf(env.NODE_OPTIONS ?? '')].some((flag) => BRINGS_A_LOADER.test(flag))) return []
  if (!hasJsx && process.features.typescript) return []
  const tsx = tsxFor(entry)
  if (tsx === undefined) throw cannotRun(basename(entry), hasJsx)
  return ['--import', tsx]
}

/** Any preload may be one: the user knows. */
const BRINGS_A_LOADER =
  /^(-r|--require|--import|--loader|--experimental-loader|--experimental-(strip|transform)-types|--strip-types)(=|$)/

/** The address of the tsx that a file of the project would import. */
function tsxFor(entry: string): string | undefined {
  try {
    return pathToFileURL(createRequire(entry).resolve('tsx')).href
  } catch {
    return undefined // not installed
  }
}

function cannotRun(name: string, hasJsx: boolean): UsageError {
  const why = hasJsx ? 'is written in JSX' : 'is TypeScript'
  const other = hasJsx ? '' : ', or use Node 22.18 or newer'
  return new UsageError(
    `${name} ${why}, which Node ${process.version} does not run by itself: npm install --save-dev tsx${other}`,
  )
}
