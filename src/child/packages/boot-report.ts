/** What a generation is like once it has booted, for the standby that loads its packages ahead. */
import type { BootReport, Unfit } from '../../protocol/packages.ts'
import { builtinsNow } from './builtins.ts'
import { changedSince, completed, currentGlobals, type Globals, withOriginals } from './globals.ts'
import { isSame, readableState } from './process-state.ts'
import { type LoadedAhead, outdatedReads } from './set-up.ts'

export interface BootReporter {
  /** As they were before anything of the user's ran. */
  readonly globals: () => Globals
  /** From now on with all values. */
  readonly complete: () => void
  /** What was loaded ahead in this process. */
  readonly ahead: (loaded: Omit<LoadedAhead, 'builtins'>) => void
  /** Nothing of Node's is replaced by us any more. */
  readonly held: () => void
  /** The app asks for a package: only for those it matters what is global. */
  readonly asked: () => void
  readonly report: () => Omit<BootReport, 'packages'>
  /** Returns the packages that have read, before the launch, what the app has set up since. */
  readonly unfit: () => Unfit[]
}

/** Called before anything of the user's runs. */
export function bootReporter(): BootReporter {
  let globals = currentGlobals()
  const before = readableState()
  const hasChangedProcess = () => !isSame(before, readableState())
  let hasPackages = false
  let found: Omit<LoadedAhead, 'builtins'> | undefined
  let loaded: LoadedAhead | undefined
  return {
    globals: () => globals,
    complete() {
      globals = completed(globals)
    },
    ahead(now) {
      found = now
    },
    held() {
      if (found !== undefined) loaded = { ...found, builtins: builtinsNow() }
    },
    asked() {
      hasPackages = true
    },
    report: () => ({
      env: { ...process.env } as Record<string, string>,
      globals: changedSince(hasPackages ? withOriginals(globals) : globals),
      hasMain: process.mainModule !== undefined,
      hasChangedProcess: hasChangedProcess(),
      rss: residentMemory(),
    }),
    unfit: () =>
      loaded === undefined ? [] : outdatedReads(loaded, changedSince(loaded.globals), hasChangedProcess()),
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
