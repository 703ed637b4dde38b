/** Reports what is loaded to the watcher thread, with its stamp, and what decided where it was found. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StampedFile } from '../protocol/change.ts'
import type { Preload } from '../protocol/child-config.ts'
import { isLaunched, type ThreadMessage } from '../protocol/threads.ts'
import { decidingAspect, stampAs } from '../watch/files/aspects.ts'
import { placesFor } from '../watch/files/missing.ts'
import { isInPackage } from '../watch/files/paths.ts'
import { changedIn, stamped, stampOf } from '../watch/files/stamp.ts'
import { isOurIndex, isOurs, isOwnRequest, OWN_FILES } from './own-files.ts'
import {
  earlierCandidates,
  linkOn,
  linkTo,
  nearerDescriptions,
  nearerPackages,
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
  /** Whether to report what the app's own modules import, for a standby to load: not in worker threads. */
  readonly reportsImports: boolean
  /** The user's, any of which may register hooks. */
  readonly preloads: readonly Preload[]
}

/** Reports each file once, and only those that are watched. */
export function reporter(
  report: (message: ThreadMessage) => void,
  { flags, nodeModules, stateDirectory, reportsImports }: HookData,
): Reporter {
  const seen = new Set<string>()
  let cooperates = () => {
    cooperates = () => {}
    report({ is: 'cooperates' })
  }
  const isOwn = (path: string) => path.startsWith(OWN_FILES) || path.startsWith(stateDirectory)
  const isAppFile = (place: string) => nodeModules || !isInPackage(place)
  const once = (what: string) => !seen.has(what) && seen.add(what)
  return {
    resolved(url, request) {
      const isByApp = isLaunched(flags)
      if (isByApp && reportsImports) asked(url, request)
      if (!url.startsWith('file:')) return
      if (isOurIndex(url) && !isOwnRequest(request)) return cooperates()
      if (isByApp) loadedByApp(url, request)
      else loadedByStandby(url)
    },
    failed(request, error) {
      if (!isLaunched(flags)) return
      const isApps = isAppFile(request.parentURL ?? '')
      const places = isApps ? placesFor : () => []
      for (const path of placesOfMissing(request, error)) {
        if (isOwn(path)) continue
        const description = join(path, 'package.json')
        report({ is: 'missing', file: stamped(path), places: places(path).filter(isAbsent) })
        // A package may try to import what it can do without.
        if (isApps && existsSync(description) && once(description))
          report({ is: 'decided', file: deciding(description) })
      }
    },
  }

  /** Of its own files each one, and of all what decided where a module was found. */
  function loadedByApp(url: string, request: Request): void {
    const path = fileURLToPath(url)
    if (isAppFile(request.parentURL ?? ''))
      for (const one of nearerPackages(path, request)) if (once(one)) report({ is: 'preferred', path: one })
    if (isOwn(path) || !isAppFile(path)) return
    if (once(url)) report({ is: 'loaded', file: withContent(path) })
    // The same file may be imported by several names, through several links.
    if (once(`${request.parentURL} ${request.specifier}`)) decided(path, request)
  }

  /** Each file, wherever it is, and its package.json: a standby is replaced when any of them changes. */
  function loadedByStandby(url: string): void {
    const path = fileURLToPath(url)
    if (isOwn(path)) return
    const isOfApp = isAppFile(path)
    if (once(url)) report({ is: 'loaded', file: isOfApp ? withContent(path) : stamped(path), isOfApp })
    const description = packageOf(dirname(path))
    if (description !== undefined && once(description)) report({ is: 'loaded', file: stamped(description) })
  }

  /** Only for the app's own modules: what packages import in turn is loaded with them. */
  function asked(url: string, { specifier, parentURL, isRequire }: Request): void {
    const isOfNode = url.startsWith('node:')
    if ((!isOfNode && !url.startsWith('file:')) || WARNS.test(url)) return
    // The first import of it, even by a package, opens standard input: a standby attributes that to nobody.
    const isProcess = url === 'node:process' && !isRequire && !isOurs(parentURL ?? '')
    if (isProcess && once(`import of ${url}`))
      report({ is: 'asked', from: null, specifier, url, by: 'import', isPackage: true })
    if (parentURL !== undefined && (!isAppFile(parentURL) || isOurs(parentURL))) return
    if (!once(`${parentURL} asks for ${url}`) || isOurIndex(url)) return
    const isPackage = isOfNode || isInPackage(url)
    if (isPackage && parentURL === undefined) return // not asked for by the app
    const by = isRequire ? 'require' : 'import'
    report({ is: 'asked', from: parentURL ?? null, specifier, url, by, isPackage })
  }

  function decided(path: string, request: Request): void {
    for (const one of [packageOf(dirname(path)), linkTo(path, request)])
      if (one !== undefined && once(one)) report({ is: 'decided', file: deciding(one) })
    for (const one of [...nearerDescriptions(path), ...earlierCandidates(path, request)])
      if (once(one)) report({ is: 'preferred', path: one })
  }
}

/** Node resolves the entry before any hook is called: the links on its path are reported here. */
export function reportEntryLink(report: (message: ThreadMessage) => void, entry: string | undefined): void {
  const link = entry === undefined ? undefined : linkOn(entry)
  if (link !== undefined) report({ is: 'decided', file: deciding(link) })
}

/**
 * A file that exists already is not what was looked for: `d.ts` for `./d.js`, where no loader maps the name.
 * One that was created just now may have appeared after the failure. (On a share whose clock is ahead, it is not known.)
 */
function isAbsent(path: string): boolean {
  const stamp = stampOf(path)
  return stamp === '' || Math.abs(Date.now() - changedIn(stamp)) < JUST
}
/** Node's modules that warn when the app loads them (but not when a package does), or when anybody does: experimental ones. */
const WARNS = /^node:(punycode|sys|_.*|ffi|quic|sea|sqlite|vfs|wasi)$/
/** Longer than from a failed resolution to here, shorter than a boot, in ms. */
const JUST = 20

/** As it was when it decided, before the module is read. */
const deciding = (path: string): StampedFile =>
  decidingAspect(path) === 'target' ? { path, stamp: stampAs('target', path) } : withContent(path)

/**
 * Includes the content: the file may change before the watcher thread reads it, and then only this tells
 * whether a later save restores what was loaded. It costs 10 µs, since Node's own read then hits the
 * page cache.
 */
function withContent(path: string): StampedFile {
  const stamp = stampOf(path)
  if (stamp === '') return { path, stamp } // reading a pipe would wait for its writer
  try {
    return { path, stamp, bytes: readFileSync(path) }
  } catch {
    return { path, stamp } // Node will report it
  }
}
