/**
 * Loads the app's packages in a standby, as far as their import is pure as observed: what reads something
 * that the app itself sets up, or does more than define, is left to the app.
 */
import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StampedFile } from '../../protocol/change.ts'
import type { LoadPlan, PackageModule, Unfit } from '../../protocol/packages.ts'
import { stamped } from '../../watch/files/stamp.ts'
import type { BootReporter } from './boot-report.ts'
import { type Builtins, builtinsNow } from './builtins.ts'
import { changedSince, currentGlobals, type Globals } from './globals.ts'
import { observe, type Reads } from './observer.ts'

/** What a generation that was a standby knows of the packages that were loaded ahead. */
export interface LoadedAhead {
  readonly reads: ReadonlyMap<string, Reads>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly globals: Globals
  readonly builtins: Builtins
}

export interface Outcome {
  readonly unfit: readonly Unfit[]
  /** Files that were read, whose changes make the standby stale. */
  readonly files: readonly StampedFile[]
  /** Undefined if nothing was loaded. */
  readonly ahead?: LoadedAhead
}

/**
 * Yields each module that is to be loaded now, and is given the error if that failed: one caller loads
 * synchronously, the other does not.
 */
export function* loadAhead(
  plan: LoadPlan,
  { boot: { globals }, onBegin }: { boot: BootReporter; onBegin: (url: string) => void },
): Generator<PackageModule, Outcome, { readonly error?: unknown }> {
  const files = new Map<string, StampedFile>()
  let isLooking = false // this code reads, too
  const observer = observe({
    globals: plan.globals.filter((name) => globals.has(name)),
    hasMain: plan.hasMain,
    onFile(path) {
      if (isLooking || files.has(path) || !isOfInterest(path)) return
      isLooking = true
      files.set(path, stamped(path))
      isLooking = false
    },
  })
  if (observer === undefined) return { unfit: [], files: [] }
  const unfit: Unfit[] = []
  try {
    for (const module of plan.packages) {
      onBegin(module.url)
      const end = observer.begin(module.url)
      const { error } = yield module
      const why = end() ?? (error === undefined ? undefined : 'cannot be loaded alone')
      if (why !== undefined) unfit.push({ url: module.url, why })
    }
  } finally {
    observer.end()
  }
  const ahead = { reads: observer.reads, env: { ...process.env }, globals: currentGlobals() }
  for (const one of readersOf(plan, changedSince(globals), ahead)) unfit.push(one)
  return { unfit, files: [...files.values()], ahead: { ...ahead, builtins: builtinsNow() } }
}

/** Returns the packages that have read what the app sets up: what is not here as it was when the app had booted. */
function readersOf(
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

/** Modules are reported by themselves; of packages what they read besides counts as well. */
function isOfInterest(path: string): boolean {
  if (/^\/(proc|sys|dev)\//.test(path)) return false
  return !path.includes(`${sep}node_modules${sep}.cache${sep}`)
}

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

/** What package managers write at every installation, beside each package. */
export function filesOfInstallation(urls: readonly string[]): StampedFile[] {
  const folders = new Set(
    urls.flatMap((url) => {
      if (!url.startsWith('file:')) return []
      const path = fileURLToPath(url)
      const at = path.indexOf(`${sep}node_modules${sep}`)
      return at < 0 ? [] : [join(path.slice(0, at), 'node_modules')]
    }),
  )
  return [...folders].flatMap((folder) =>
    INSTALLED.map((name) => join(folder, name))
      .filter(existsSync)
      .map(stamped),
  )
}
const INSTALLED = ['.package-lock.json', '.modules.yaml', '.yarn-state.yml', join('..', 'package.json')]
