/** Which packages have read what the app itself sets up: loaded ahead, they would have seen something else. */
import type { LoadPlan, Unfit } from '../../protocol/packages.ts'
import { LISTED } from './environment.ts'
import type { Globals } from './globals.ts'
import type { Reads } from './observer.ts'
import type { Properties } from './properties.ts'

/** What a generation that was a standby knows about the packages that were loaded ahead. */
export interface LoadedAhead {
  readonly reads: ReadonlyMap<string, Reads>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The names that a package found when it listed the variables. */
  readonly names: ReadonlySet<string>
  readonly globals: Globals
  /** As they were when everything had been loaded. */
  readonly properties: Properties
  /** Names of the properties whose readers are known. */
  readonly observed: readonly string[]
}

/** Returns the packages that have read what the app sets up: what differs here from its state once the app has booted. */
export function readersOf(
  app: SetUp & Pick<LoadPlan, 'env'>,
  changedHere: SetUp,
  ahead: Pick<LoadedAhead, 'reads' | 'env'>,
): Unfit[] {
  const setUp = new Set(app.globals.filter((name) => !changedHere.globals.includes(name)))
  const changed = new Set(app.properties.filter((name) => !changedHere.properties.includes(name)))
  return [...ahead.reads].flatMap(([url, { variables, globals, properties }]) => {
    const variable = [...variables].find((name) => !isOfProcess(name) && app.env[name] !== ahead.env[name])
    const global = [...globals].find((name) => setUp.has(name))
    const property = [...properties].find((name) => changed.has(name))
    if (variable !== undefined) return [{ url, why: `reads ${variable}, which the app sets` }]
    if (global !== undefined) return [{ url, why: `reads the global ${global}, which the app sets` }]
    return property === undefined ? [] : [{ url, why: `reads ${property}, which the app changes` }]
  })
}

/** Names of what has changed. */
type SetUp = Pick<LoadPlan, 'globals' | 'properties'>

/** Variables that differ from process to process. */
const isOfProcess = (name: string): boolean =>
  /^(EXIT75|LISTEN_PID$|NODE_CHANNEL_|NODE_UNIQUE_ID$)/.test(name)

export interface Outdated {
  readonly packages: readonly Unfit[]
  /** A property that the app has changed since, and whose readers are unknown. */
  readonly property: string | undefined
}

/** Returns which packages have read what the app has set up since its launch. `changed`: since they were loaded. */
export function outdatedReads(ahead: LoadedAhead, changed: SetUp, hasChangedProcess: boolean): Outdated {
  if (hasChangedProcess) {
    const why = 'is loaded after the app has changed the process'
    return { packages: [...ahead.reads.keys()].map((url) => ({ url, why })), property: undefined }
  }
  const added = Object.keys(process.env).find((name) => !isOfProcess(name) && !ahead.names.has(name))
  const listers = [...ahead.reads].filter(([, { variables }]) => added !== undefined && variables.has(LISTED))
  const env = { ...process.env } as Record<string, string>
  const packages = [
    ...listers.map(([url]) => ({ url, why: `lists the variables, to which the app adds ${added}` })),
    ...readersOf({ env, ...changed }, { globals: [], properties: [] }, ahead),
  ]
  return { packages, property: changed.properties.find((name) => !ahead.observed.includes(name)) }
}
