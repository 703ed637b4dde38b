/**
 * The only place that knows how Node reports what it loads. Each file is reported when it is *resolved*,
 * before it is read, with its stamp at that moment: so no edit falls between loading a file and
 * watching it.
 */
import module from 'node:module'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isLaunched, type ThreadMessage } from '../protocol/threads.ts'
import { mustHaveDescriptors } from '../system/shortage.ts'
import { START } from '../watch/files/paths.ts'
import { type HookData, type Reporter, reporter } from './load-reporter.ts'
import { isOurs } from './own-files.ts'
import { beginAside, endAside } from './packages/aside.ts'
import { importedByApp } from './packages/builtin-imports.ts'
import { throwWithoutUs, withRoom } from './stack-traces.ts'
import type { Request } from './what-decided.ts'

/** Node's own functions, before they are replaced by ones that count (packages/registered-hooks.ts). */
const { register: registerInThread } = module
/** Undefined in Node 20. */
export const registerHooks: typeof module.registerHooks = module.registerHooks

export interface Hook {
  /** Moves the hook before those registered since: only the first one sees the final outcome. */
  readonly renew: () => void
}

/** Imports as if from a file in the working directory, as Node does for `--import`. */
export const importFromHere = (specifier: string): Promise<unknown> => import(FROM_HERE + specifier)
/** Returns a name that makes `require` resolve like an import, which needs `registerHooks`. */
export const asIfImported = (specifier: string): string =>
  typeof registerHooks === 'function' ? FROM_HERE + specifier : specifier
const FROM_HERE = 'exit75:'

/** Returns what a resolve hook passes on: such a specifier translated, any other unchanged. */
export function asIfFromHere<C extends Context>(specifier: string, context: C): [string, C] {
  if (!specifier.startsWith(FROM_HERE)) return [specifier, context]
  const parentURL = fromHere()
  const names = [...context.conditions].map((name) => (name === 'require' ? 'import' : name))
  const conditions = Array.isArray(context.conditions) ? names : new Set(names)
  return [specifier.slice(FROM_HERE.length), { ...context, parentURL, conditions }]
}

interface Context {
  readonly parentURL: string | undefined
  /** An array; for a `require` a set in some versions of Node (22.15.0, 24.0.0), contrary to its types. */
  readonly conditions: Iterable<string>
}

export const requestOf = (specifier: string, { parentURL, conditions }: Context): Request => ({
  specifier,
  parentURL: parentOf(specifier, parentURL),
  isRequire: [...conditions].includes('require'),
})

/** Returns the place from which Node resolves: for what is preloaded, which has no file as parent, the working directory. */
function parentOf(specifier: string, parentURL: string | undefined): string | undefined {
  if (parentURL !== undefined && parentURL !== 'internal/preload') return parentURL
  return isAbsolute(specifier) || specifier.startsWith('file:') ? undefined : fromHere()
}

const fromHere = (): string => pathToFileURL(join(START, 'noop.js')).href

/** `onFailure`: called if what is imported cannot be seen. */
export function reportLoadedFiles(
  report: (message: ThreadMessage) => void,
  hookData: HookData,
  onFailure: (why: string) => void,
): Hook {
  const reporting = reporter(report, hookData)
  if (typeof registerHooks !== 'function') return hookBesideThread(reporting, hookData, onFailure)
  let hook = hookInThread(reporting, hookData)
  return {
    renew() {
      hook.deregister()
      hook = hookInThread(reporting, hookData)
    },
  }
}

/** Node ≥ 22.15: one synchronous hook sees `import` and `require`. */
function hookInThread({ resolved, failed }: Reporter, { flags }: HookData): { deregister: () => void } {
  return registerHooks({
    resolve(specifier, context, nextResolve) {
      beginAside()
      try {
        const result = withRoom(() => nextResolve(...asIfFromHere(specifier, context)))
        const request = requestOf(specifier, context)
        resolved(result.url, request)
        if (!request.isRequire && isLaunched(flags)) importedByApp(result.url)
        return result
      } catch (error) {
        failed(requestOf(specifier, context), error)
        throwWithoutUs(error, isOurs)
      } finally {
        endAside()
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
function hookBesideThread(
  { resolved, failed }: Reporter,
  hookData: HookData,
  onFailure: (why: string) => void,
): Hook {
  const register = () => {
    try {
      mustHaveDescriptors(FOR_A_THREAD)
      registerInThread('./resolve-hook.js', { parentURL: import.meta.url, data: hookData })
    } catch (error) {
      onFailure((error as Error).message)
    }
  }
  register()
  const internals = module as unknown as CommonJsInternals
  const { _resolveFilename } = internals
  internals._resolveFilename = function (this: unknown, request, parent, ...rest) {
    const parentURL = parentOf(request, parent?.filename ? pathToFileURL(parent.filename).href : undefined)
    const asked = { specifier: request, parentURL, isRequire: true }
    beginAside()
    try {
      const filename = withRoom(() => _resolveFilename.call(this, request, parent, ...rest))
      if (isAbsolute(filename)) resolved(pathToFileURL(filename).href, asked)
      return filename
    } catch (error) {
      failed(asked, error)
      throwWithoutUs(error, isOurs)
    } finally {
      endAside()
    }
  }
  return {
    renew() {
      if (hookData.preloads.length > 0) register()
    },
  }
}

/** Without those that its thread begins with, Node waits for it for ever; it takes four, and ours as many meanwhile. */
const FOR_A_THREAD = 10

interface CommonJsInternals {
  _resolveFilename: (request: string, parent?: { filename?: string }, ...rest: unknown[]) => string
}
