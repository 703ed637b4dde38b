/**
 * The only place that knows how Node reports what it loads. Each file is reported when it is *resolved*,
 * before it is read, with its stamp at that moment: so no edit falls between loading a file and
 * watching it.
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

/** Data for a reporter; also passed to the resolve hook of Node 20. */
export interface HookData {
  readonly flags: Int32Array
  readonly nodeModules: boolean
  /** Files loaded from here are ours. */
  readonly stateDirectory: string
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

export function reportLoadedFiles(report: (message: ThreadMessage) => void, hookData: HookData): Hook {
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
  const isWatched = (path: string) => {
    if (path.startsWith(OWN_FILES) || path.startsWith(stateDirectory)) return false
    // A standby is replaced when any file that it has loaded changes, even in node_modules.
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
 * Node 20: `import` is resolved in Node's own thread, where resolve-hook.ts reports by itself, even while
 * the main thread is busy. For `require` only patching this method works: it returns before the file is
 * loaded, so it is not in the app's stack traces. Hooks cannot be deregistered there, and the method
 * sees the final outcome anyway.
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

/** Returns the path of a specifier that was not found. Undefined for package names. */
function pathOf(specifier: string, parentURL: string | undefined): string | undefined {
  if (!/^(\.{0,2}\/|file:)/.test(specifier)) return undefined
  try {
    return fileURLToPath(new URL(specifier, parentURL))
  } catch {
    return undefined // not a file: another scheme, or a malformed URL
  }
}

/** Whether the app imports exit75, this copy or another one. */
const isOurIndex = (url: string): boolean =>
  url.endsWith('/dist/index.js') && (url.startsWith(OWN_URL) || url.endsWith('/exit75/dist/index.js'))

/** All built files are in one directory. */
const OWN_FILES = dirname(fileURLToPath(import.meta.url)) + sep
const OWN_URL = pathToFileURL(OWN_FILES).href
export const isOurs = (text: string): boolean => text.includes(OWN_FILES) || text.includes(OWN_URL)
