/**
 * The one place that knows how Node tells what was loaded. Each file is reported when it is
 * *resolved*, before it is read, with the stamp it had then: an edit can then not fall between
 * loading a file and watching it.
 */
import { readFileSync } from 'node:fs'
import module from 'node:module'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { StampedFile } from '../protocol/change.ts'
import { isLaunched, type ThreadMessage } from '../protocol/threads.ts'
import { START } from '../watch/files/paths.ts'
import { stampOf } from '../watch/files/stamp.ts'
import { throwWithoutUs, withRoom } from './stack-traces.ts'

export interface Reporter {
  readonly resolved: (url: string, parentURL: string | undefined) => void
  readonly failed: (specifier: string, parentURL: string | undefined) => void
}

/** What a reporter must know; also given to the resolve hook of Node 20. */
export interface HookData {
  readonly flags: Int32Array
  readonly nodeModules: boolean
  /** What is loaded from there is ours. */
  readonly stateDirectory: string
}

export interface Hook {
  /** Puts the hook in front of those that were registered since: the first one sees the outcome. */
  readonly renew: () => void
}

/** Imports as if a file in the working directory did it, as Node does for `--import`. */
export const importFromHere = (specifier: string): Promise<unknown> => import(FROM_HERE + specifier)
/** The name by which `require` gets what an import would. Only `registerHooks` can give that. */
export const asIfImported = (specifier: string): string =>
  typeof module.registerHooks === 'function' ? FROM_HERE + specifier : specifier
const FROM_HERE = 'exit75:'

/** What a resolve hook passes on for such a specifier; any other one as it is. */
export function asIfFromHere<C extends { parentURL: string | undefined; conditions: string[] }>(
  specifier: string,
  context: C,
): [string, C] {
  if (!specifier.startsWith(FROM_HERE)) return [specifier, context]
  const parentURL = pathToFileURL(join(START, 'noop.js')).href
  const conditions = context.conditions.map((one) => (one === 'require' ? 'import' : one))
  return [specifier.slice(FROM_HERE.length), { ...context, parentURL, conditions }]
}

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

/** Reports each file once, and only what is worth watching. */
export function reporter(
  report: (word: ThreadMessage) => void,
  { flags, nodeModules, stateDirectory }: HookData,
): Reporter {
  const seen = new Set<string>()
  let cooperates = () => {
    cooperates = () => {}
    report({ is: 'cooperates' })
  }
  const isWatched = (path: string) => {
    if (path.startsWith(OWN_FILES) || path.startsWith(stateDirectory)) return false
    // A standby is replaced when anything that it holds changes, wherever it lies.
    const isStandby = !isLaunched(flags)
    return nodeModules || isStandby || !path.includes(`${sep}node_modules${sep}`)
  }
  return {
    resolved(url, parentURL) {
      if (!url.startsWith('file:')) return
      if (isOurIndex(url) && !parentURL?.startsWith(OWN_URL)) return cooperates()
      if (seen.has(url)) return
      seen.add(url)
      const path = fileURLToPath(url)
      if (isWatched(path)) report({ is: 'loaded', file: stamped(path) })
    },
    failed(specifier, parentURL) {
      const path = pathOf(specifier, parentURL)
      if (path !== undefined && isWatched(path)) report({ is: 'missing', path })
    },
  }
}

/**
 * With what is in it: until the watcher thread looks for itself, the file may have changed, and then
 * only this tells whether it is again as it was loaded. It costs 10 µs; Node's own read finds the
 * file in memory.
 */
function stamped(path: string): StampedFile {
  const stamp = stampOf(path)
  try {
    return { path, stamp, bytes: readFileSync(path) }
  } catch {
    return { path, stamp } // Node will say it better
  }
}

/** Node ≥ 22.15: one synchronous hook sees `import` and `require`. */
function hookInThread({ resolved, failed }: Reporter): { deregister: () => void } {
  return module.registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        const result = withRoom(() => nextResolve(...asIfFromHere(specifier, context)))
        resolved(result.url, context.parentURL)
        return result
      } catch (error) {
        failed(specifier, context.parentURL)
        throwWithoutUs(error, isOurs)
      }
    },
  })
}

/**
 * Node 20: `import` is resolved in a thread of Node's own, where resolve-hook.ts reports for itself,
 * even while the main thread is busy. `require` passes through a method that nothing else shows: one
 * that has returned before the file is loaded, so that no stack of the app's holds it. Hooks cannot
 * be taken back there, and the method sees the outcome wherever it stands.
 */
function hookBesideThread({ resolved, failed }: Reporter, hookData: HookData): Hook {
  module.register('./resolve-hook.js', { parentURL: import.meta.url, data: hookData })
  const internals = module as unknown as CommonJsInternals
  const { _resolveFilename } = internals
  internals._resolveFilename = function (this: unknown, request, parent, ...rest) {
    const parentURL = () => parent?.filename && pathToFileURL(parent.filename).href
    try {
      const filename = withRoom(() => _resolveFilename.call(this, request, parent, ...rest))
      if (isAbsolute(filename)) resolved(pathToFileURL(filename).href, parentURL())
      return filename
    } catch (error) {
      failed(request, parentURL())
      throwWithoutUs(error, isOurs)
    }
  }
  return { renew: () => {} }
}

interface CommonJsInternals {
  _resolveFilename: (request: string, parent?: { filename?: string }, ...rest: unknown[]) => string
}

/** Where a specifier that was not found points to; undefined for names of packages. */
function pathOf(specifier: string, parentURL: string | undefined): string | undefined {
  if (!/^(\.{0,2}\/|file:)/.test(specifier)) return undefined
  try {
    return fileURLToPath(new URL(specifier, parentURL))
  } catch {
    return undefined // no file can stand there: a query of another scheme, a malformed address
  }
}

/** The app's own import of exit75, also of another copy that is installed with it. */
const isOurIndex = (url: string): boolean =>
  url.endsWith('/dist/index.js') && (url.startsWith(OWN_URL) || url.endsWith('/exit75/dist/index.js'))

/** All that is built lies in one directory. */
const OWN_FILES = dirname(fileURLToPath(import.meta.url)) + sep
const OWN_URL = pathToFileURL(OWN_FILES).href
export const isOurs = (text: string): boolean => text.includes(OWN_FILES) || text.includes(OWN_URL)
