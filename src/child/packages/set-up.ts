/** Which packages have read what the app itself sets up: loaded ahead, they would have seen something else. */
import type { LoadPlan, Unfit } from '../../protocol/packages.ts'
import type { Builtins } from './builtins.ts'
import type { Globals } from './globals.ts'
import type { Reads } from './observer.ts'

/** What a generation that was a standby knows of the packages that were loaded ahead. */
export interface LoadedAhead {
  readonly reads: ReadonlyMap<string, Reads>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly globals: Globals
  readonly builtins: Builtins
}

/** Returns the packages that have read what the app sets up: what is not here as it was when the app had booted. */
export function readersOf(
  { env, globals }: Pick<LoadPlan, 'env' | 'globals'>,
  changedHere: readonly string[],
  ahead: Pick<LoadedAhead, 'reads' | 'env'>,
): Unfit[] {
  const setUp = new Set(globals.filter((name) => !changedHere.includes(name)))
  return [...ahead.reads].flatMap(([url, { variables, globals }]) => {
    const variable = [...variables].find((name) => !isOfProcess(name) && env[name] !== ahead.env[name])
    const global = [...globals].find((name) => setUp.has(name))
    if (variable !== undefined) return [{ url, why: `reads ${variable}, which the app sets` }]
    return global === undefined ? [] : [{ url, why: `reads the global ${global}, which the app sets` }]
  })
}

/** Variables that differ from process to process. */
const isOfProcess = (name: string): boolean =>
  /^(EXIT75|LISTEN_PID$|NODE_CHANNEL_|NODE_UNIQUE_ID$)/.test(name)

/** Returns the packages that have read what the app has set up since its launch. */
export function outdatedReads(ahead: LoadedAhead, changedGlobals: readonly string[]): Unfit[] {
  const replaced = ahead.builtins.changed()
  if (replaced !== undefined)
    return [...ahead.reads.keys()].map((url) => ({
      url,
      why: `is loaded after the app has replaced ${replaced}`,
    }))
  return readersOf({ env: { ...process.env } as Record<string, string>, globals: changedGlobals }, [], ahead)
}
