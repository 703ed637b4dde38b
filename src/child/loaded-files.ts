/**
 * The only place that knows how Node reports what it loads. Each file is reported when it is *resolved*,
 * before it is read, with its stamp at that moment: so no edit falls between loading a file and
 * watching it.
 */
import { readFileSync } from 'node:fs'
import module, { type ResolveHookSync } from 'node:module'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { StampedFile } from '../protocol/change.ts'
import type { Preload } from '../protocol/child-config.ts'
import { isLaunched, type ThreadMessage } from '../protocol/threads.ts'
import { decidingAspect, stampAs } from '../watch/files/aspects.ts'
import { START } from '../watch/files/paths.ts'
import { stampOf } from '../watch/files/stamp.ts'
import { isOurIndex, isOurs, isOwnRequest, OWN_FILES } from './own-files.ts'
import { throwWithoutUs, withRoom } from './stack-traces.ts'
import {
  earlierCandidates,
  linkOn,
  linkTo,
  packageOf,
  placesOfMissing,
  type Request,
} from './what-decided.ts'

export interface Reporter {
  readonly resolved: (url: string, request: Request) => void
  readonly failed: (request: Request, error: unknown) => void
}

/** Data for a reporter; also passed to the resolve hook of Node 20. */
export interface HookData {
  readonly flags: Int32Array
  readonly nodeModules: boolean
  /** Files loaded from here are ours. */
  readonly stateDirectory: string
  /** Those of the user, any of which may register hooks. */
  readonly preloads: readonly Preload[]
}

export interface Hook {
  /** Moves the hook before those registered since: only the first one sees the final outcome. */
  readonly renew: () => void
}

/** Imports as if from a file in the working directory, as Node does for `--import`. */
export const importFromHere = (specifier: string): Promise<unknown> => import(FROM_HERE + specifier)
/** Returns a name that makes `require` resolve like an import, which needs `registerHooks`. */
export const asIfImported = (specifier: string): string =>
  typeof module.registerHooks === 'function' ? FROM_HERE + specifier : specifier
const FROM_HERE = 'exit75:'

/** Returns what a resolve hook passes on: such a specifier translated, any other unchanged. */
export function asIfFromHere<C extends { parentURL: string | undefined; conditions: string[] }>(
  specifier: string,
  context: C,
): [string, C] {
  if (!specifier.startsWith(FROM_HERE)) return [specifier, context]
  const parentURL = pathToFileURL(join(START, 'noop.js')).href
  const conditions = context.conditions.map((name) => (name === 'require' ? 'import' : name))
  return [specifier.slice(FROM_HERE.length), { ...context, parentURL, conditions }]
}

type Context = Pick<Parameters<ResolveHookSync>[1], 'parentURL' | 'conditions'>

export const requestOf = (specifier: string, { parentURL, conditions }: Context): Request => ({
  specifier,
  parentURL,
  isRequire: conditions.includes('require'),
})

export function reportLoadedFiles(report: (word: ThreadMessage) => void, hookData: HookData): Hook {
  const reporting = reporter(report, hookData)
  if (typeof module.registerHooks !== 'function') return hookBesideThread(reporting, hookData)
  let hook = hookInThread(reporting)
  return {
    renew() {
      hook.deregister()
      hook = hookInThread(reporting)
    },
  }
}

/** Reports each file once, and only those that are watched. */
export function reporter(
  report: (message: ThreadMessage) => void,
  { flags, nodeModules, stateDirectory }: HookData,
): Reporter {
  const seen = new Set<string>()
  let cooperates = () => {
    cooperates = () => {}
    report({ is: 'cooperates' })
  }
  const isOwn = (path: string) => path.startsWith(OWN_FILES) || path.startsWith(stateDirectory)
  const isOfApp = (path: string) => nodeModules || !path.includes(`${sep}node_modules${sep}`)
  const once = (what: string) => !seen.has(what) && seen.add(what)
  return {
    resolved(url, request) {
      if (!url.startsWith('file:')) return
      if (isOurIndex(url) && !isOwnRequest(request)) return cooperates()
      const path = fileURLToPath(url)
      const isApps = isOfApp(path)
      // A standby is replaced when anything that it holds changes, wherever it lies.
      if (isOwn(path) || (!isApps && isLaunched(flags))) return
      if (once(url)) report({ is: 'loaded', file: stamped(path) })
      // The same file may be asked for by several names, and be found by way of several links.
      if (isApps && isLaunched(flags) && once(`${request.parentURL} ${request.specifier}`))
        decided(path, request)
    },
    failed(request, error) {
      if (!isLaunched(flags)) return
      const by = isOfApp(request.parentURL ?? '') ? 'app' : 'package'
      for (const path of placesOfMissing(request, error))
        if (!isOwn(path)) report({ is: 'missing', path, by })
    },
  }

  function decided(path: string, request: Request): void {
    for (const one of [packageOf(dirname(path)), linkTo(path, request)])
      if (one !== undefined && once(one)) report({ is: 'decided', file: deciding(one) })
    for (const one of earlierCandidates(path, request)) if (once(one)) report({ is: 'preferred', path: one })
  }
}

/** Node finds the entry without asking anybody: links on its path are reported apart. */
export function reportEntryLink(report: (message: ThreadMessage) => void, entry: string | undefined): void {
  const link = entry === undefined ? undefined : linkOn(entry)
  if (link !== undefined) report({ is: 'decided', file: deciding(link) })
}

/** As it was when it decided, before the module is read. */
const deciding = (path: string): StampedFile =>
  decidingAspect(path) === 'target' ? { path, stamp: stampAs('target', path) } : stamped(path)

/**
 * Includes the content: the file may change before the watcher thread reads it, and then only this tells
 * whether a later save restores what was loaded. It costs 10 µs, since Node's own read then hits the
 * page cache.
 */
function stamped(path: string): StampedFile {
  const stamp = stampOf(path)
  try {
    return { path, stamp, bytes: readFileSync(path) }
  } catch {
    return { path, stamp } // Node will report it
  }
}

/** Node ≥ 22.15: one synchronous hook sees `import` and `require`. */
function hookInThread({ resolved, failed }: Reporter): { deregister: () => void } {
  return module.registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        const result = withRoom(() => nextResolve(...asIfFromHere(specifier, context)))
        resolved(result.url, requestOf(specifier, context))
        return result
      } catch (error) {
        failed(requestOf(specifier, context), error)
        throwWithoutUs(error, isOurs)
      }
    },
  })
}

/**
 * Node 20: `import` is resolved in Node's own thread, where resolve-hook.ts reports by itself, even while
 * the main thread is busy. For `require` only patching this method works: it returns before the file is
 * loaded, so it is not in the app's stack traces. The method sees the final outcome; hooks of a preload may
 * resolve without asking ours, and since none can be deregistered there, ours is registered once more.
 */
function hookBesideThread({ resolved, failed }: Reporter, hookData: HookData): Hook {
  const register = () => module.register('./resolve-hook.js', { parentURL: import.meta.url, data: hookData })
  register()
  const internals = module as unknown as CommonJsInternals
  const { _resolveFilename } = internals
  internals._resolveFilename = function (this: unknown, request, parent, ...rest) {
    const parentURL = parent?.filename ? pathToFileURL(parent.filename).href : undefined
    const asked = { specifier: request, parentURL, isRequire: true }
    try {
      const filename = withRoom(() => _resolveFilename.call(this, request, parent, ...rest))
      if (isAbsolute(filename)) resolved(pathToFileURL(filename).href, asked)
      return filename
    } catch (error) {
      failed(asked, error)
      throwWithoutUs(error, isOurs)
    }
  }
  return {
    renew() {
      if (hookData.preloads.length > 0) register()
    },
  }
}

interface CommonJsInternals {
  _resolveFilename: (request: string, parent?: { filename?: string }, ...rest: unknown[]) => string
}
