/** Which packages have read what the app itself sets up: loaded ahead, they would have seen something else. */
import type { LoadPlan, Unfit } from '../../protocol/packages.ts'
import type { Builtins } from './builtins.ts'
import { LISTED } from './environment.ts'
import type { Globals } from './globals.ts'
import type { Reads } from './observer.ts'

/** What a generation that was a standby knows of the packages that were loaded ahead. */
export interface LoadedAhead {
  readonly reads: ReadonlyMap<string, Reads>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The names that were there for who lists them. */
  readonly names: ReadonlySet<string>
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
export function outdatedReads(
  ahead: LoadedAhead,
  changedGlobals: readonly string[],
  hasChangedProcess: boolean,
): Unfit[] {
  const all = (why: string) => [...ahead.reads.keys()].map((url) => ({ url, why }))
  const replaced = ahead.builtins.changed()
  if (replaced !== undefined) return all(`is loaded after the app has replaced ${replaced}`)
  if (hasChangedProcess) return all('is loaded after the app has changed the process')
  const added = Object.keys(process.env).find((name) => !isOfProcess(name) && !ahead.names.has(name))
  const listers = [...ahead.reads].filter(([, { variables }]) => added !== undefined && variables.has(LISTED))
  return [
    ...listers.map(([url]) => ({ url, why: `lists the variables, to which the app adds ${added}` })),
    ...readersOf({ env: { ...process.env } as Record<string, string>, globals: changedGlobals }, [], ahead),
  ]
}
