/** What the import of a package may leave in the process: compared before and after. */
import module from 'node:module'
import { currentDirectory } from '../../system/current-directory.ts'
import { registeredHooks } from './registered-hooks.ts'

/** Values that stay the same unless something is done to them, by the end of a sentence about whoever does it. */
type ProcessState = Readonly<Record<string, readonly unknown[]>>

interface ModuleInternals {
  readonly _extensions: Record<string, unknown>
  readonly prototype: Record<string, unknown>
}

/** Resources of a stream over a terminal or pipe, which output.ts observes. */
const OF_STREAMS = ['TTYWrap', 'PipeWrap']

const internals = module as unknown as ModuleInternals & Record<string, unknown>
const { _extensions, prototype } = internals

/** The parts of the module system by which every module is loaded. */
function moduleSystem(): readonly unknown[] {
  const { _load, _resolveFilename, _findPath, _nodeModulePaths, _initPaths, wrap } = internals
  const { require, load, _compile } = prototype
  const { globalPaths } = internals as unknown as { globalPaths: readonly string[] }
  const handlers = ['.js', '.json', '.node'].map((extension) => _extensions[extension])
  const functions = [_load, _resolveFilename, _findPath, _nodeModulePaths, _initPaths, wrap]
  return [...functions, require, load, _compile, ...handlers, registeredHooks(), ...globalPaths]
}

/** What a package may read of the process while it is loaded, beside variables and globals. */
export function readableState(): readonly unknown[] {
  const { _cache } = module as unknown as { _cache: Record<string, unknown> }
  const hasStandIns = Object.entries(_cache).some(
    ([path, one]) => !(one instanceof module || isJson(path, one)),
  )
  return [...moduleSystem(), currentDirectory(), ...process.argv, '', ...process.execArgv, hasStandIns]
}

/** For JSON that is imported Node itself has an object there, in place of a module. */
const isJson = (path: string, one: unknown): boolean =>
  path.endsWith('.json') && Object.keys(one ?? {}).join() === 'exports,loaded'

export const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((value, at) => Object.is(value, other[at]))

/** `hasMore`: something runs that does not keep the process alive. */
export function processState(hasMore = false): ProcessState {
  const resources = process.getActiveResourcesInfo().filter((kind) => !OF_STREAMS.includes(kind))
  return {
    'changes the module system': [...moduleSystem(), ...Object.keys(_extensions)],
    'listens to events of the process': process
      .eventNames()
      .flatMap((name) => [name, ...process.listeners(name as 'exit')]),
    'leaves something running': [...resources.sort(), hasMore],
    'changes the working directory': [currentDirectory()],
    'changes the process': [
      process.title,
      process.umask(),
      process.exitCode,
      process.hasUncaughtExceptionCaptureCallback(),
    ],
    'changes the arguments': [process.argv, ...process.argv, process.execArgv, ...process.execArgv],
  }
}

/** Returns what was done. Undefined if the states are equal. */
export function differenceOf(before: ProcessState, after: ProcessState): string | undefined {
  return Object.keys(before).find((what) => !isSame(before[what] ?? [], after[what] ?? []))
}
