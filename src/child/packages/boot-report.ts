/** What a generation is like once it has booted, for the standby that loads its packages ahead. */
import type { BootReport } from '../../protocol/packages.ts'
import { changedSince, completed, currentGlobals, type Globals, withOriginals } from './globals.ts'
import { isSame, readableState } from './process-state.ts'
import { changedProperties, earlyProperties, propertiesNow } from './properties.ts'
import { countRegisteredHooks } from './registered-hooks.ts'
import { type LoadedAhead, type Outdated, outdatedReads } from './set-up.ts'

export interface BootReporter {
  /** As they were before anything of the user's ran. */
  readonly globals: () => Globals
  /** From now on with all values. */
  readonly complete: () => void
  /** What was loaded ahead in this process. */
  readonly ahead: (loaded: Omit<LoadedAhead, 'properties'>) => void
  /** Nothing of Node's is replaced by us any more. */
  readonly held: () => void
  /** The app asks for a package: only for those it matters what is global. */
  readonly asked: () => void
  /** What was loaded ahead in this process. */
  readonly loadedAhead: () => readonly string[]
  readonly report: () => Omit<BootReport, 'packages'>
  /** Which packages have read, before the launch, what the app has set up since. Undefined if none. */
  readonly outdated: () => Outdated | undefined
}

/** Called before anything of the user's runs. */
export function bootReporter(): BootReporter {
  countRegisteredHooks()
  let globals = currentGlobals()
  const properties = earlyProperties()
  const before = readableState()
  const hasChangedProcess = () => !isSame(before, readableState())
  let hasPackages = false
  let found: Omit<LoadedAhead, 'properties'> | undefined
  let loaded: LoadedAhead | undefined
  const byOurselves = new Set<string>()
  const changedGlobals = () => {
    const quickly = changedSince(globals)
    // What was not read before is read now, and with it Node may set a symbol of its own.
    const all = hasPackages ? changedSince(withOriginals(globals)) : quickly
    for (const name of all) if (name.startsWith('@@') && !quickly.includes(name)) byOurselves.add(name)
    return all.filter((name) => !byOurselves.has(name))
  }
  return {
    globals: () => globals,
    complete() {
      globals = completed(globals)
    },
    ahead(now) {
      found = now
    },
    held() {
      if (found !== undefined) loaded = { ...found, properties: propertiesNow() }
    },
    asked() {
      hasPackages = true
    },
    loadedAhead: () => [...(loaded?.reads.keys() ?? [])],
    report: () => ({
      env: { ...process.env } as Record<string, string>,
      globals: changedGlobals(),
      properties: [
        ...new Set([properties, loaded?.properties].flatMap((of) => (of ? changedProperties(of) : []))),
      ],
      hasMain: process.mainModule !== undefined,
      hasChangedProcess: hasChangedProcess(),
      rss: residentMemory(),
    }),
    outdated() {
      if (loaded === undefined) return undefined
      const changed = {
        globals: changedSince(loaded.globals),
        properties: changedProperties(loaded.properties),
      }
      const found = outdatedReads(loaded, changed, hasChangedProcess())
      return found.packages.length > 0 || found.property !== undefined ? found : undefined
    },
  }
}

/** Where it is not known, as without /proc, it is too much. */
function residentMemory(): number {
  try {
    return process.memoryUsage.rss()
  } catch {
    return Number.MAX_SAFE_INTEGER
  }
}
