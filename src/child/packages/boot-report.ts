/** Describes a generation that has booted, for the next standby, which loads its packages ahead. */
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import type { BootReport } from '../../protocol/packages.ts'
import { changedSince, completed, currentGlobals, type Globals, withOriginals } from './globals.ts'
import { isSame, readableState } from './process-state.ts'
import { changedProperties, earlyProperties, propertiesNow } from './properties.ts'
import { countRegisteredHooks } from './registered-hooks.ts'
import { type LoadedAhead, type Outdated, outdatedReads } from './set-up.ts'

export interface BootReporter {
  /** As they were before any of the user's code ran. */
  readonly globals: () => Globals
  /** Reads the values that were left unread, which costs time. */
  readonly complete: () => void
  /** Call with what was loaded ahead in this process. */
  readonly ahead: (loaded: Omit<LoadedAhead, 'properties'>) => void
  /** Call when the observers have restored all that they had replaced. */
  readonly held: () => void
  /** The app asks for a package: from then on globals are compared with care, for only packages depend on them. */
  readonly asked: (url: string, by: 'import' | 'require') => void
  /** Returns the URLs of what was loaded ahead in this process. */
  readonly loadedAhead: () => readonly string[]
  /** Returns the URLs of packages that `require.resolve()` has found, and `require` has not loaded. */
  readonly unloaded: () => readonly string[]
  readonly report: () => Omit<BootReport, 'packages'>
  /** Which packages have read, before the launch, what the app has set up since. Undefined if none. */
  readonly outdated: () => Outdated | undefined
}

/** All that `require` has loaded, or been given. */
const { _cache } = module as unknown as { _cache: object }

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
  const required = new Set<string>()
  const byOurselves = new Set<string>()
  const changedGlobals = () => {
    const quickly = changedSince(globals)
    // This reads what was left unread, and Node may set a symbol of its own meanwhile.
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
    asked(url, by) {
      hasPackages = true
      if (by === 'require') required.add(url)
    },
    loadedAhead: () => [...(loaded?.reads.keys() ?? [])],
    unloaded: () => [...required].filter((url) => !(fileURLToPath(url) in _cache)),
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

/** Where it is unknown, as without /proc, a number that forbids loading ahead. */
function residentMemory(): number {
  try {
    return process.memoryUsage.rss()
  } catch {
    return Number.MAX_SAFE_INTEGER
  }
}
