/** The options of `runProcess()`: those of watchfiles' `run_process`, with its defaults. Times are in ms. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkOptions, isBoolean, isTime, OF_LAUNCH, type OptionKind, oneOf } from '../options/check.ts'
import { readProgramOptions, type Settings } from '../options/options.ts'
import type { TreeSettings } from '../parent/held/watched-paths.ts'
import type { Change } from '../protocol/change.ts'
import { DefaultFilter, type WatchFilter } from './filters.ts'
import type { Target, TargetType } from './target.ts'

/** Files, and directories with everything below them. */
export type WatchedPaths = string | URL | readonly (string | URL)[]

export interface RunProcessOptions {
  /** What to run: a command or a function. */
  readonly target: Target
  /** What a function is called with: whatever can be cloned. Default []. */
  readonly args?: readonly unknown[]
  /** Default `'auto'`: what `detectTargetType()` says. */
  readonly targetType?: TargetType | 'auto'
  /** Called with what has changed, before the process is ended for it; awaited. */
  readonly callback?: (changes: Set<Change>) => unknown
  /** What counts; null: everything. Default `new DefaultFilter()`. */
  readonly watchFilter?: WatchFilter
  /** How long after the first launch nothing is watched. Default 0. */
  readonly gracePeriod?: number
  /** The longest wait for files that do not become quiet. Default 1600. */
  readonly debounce?: number
  /** How long files must be quiet before a change counts. Default 50. */
  readonly step?: number
  /** Whether each change and each decision is told on stderr. Default false. */
  readonly debug?: boolean
  /** How long the process may take to end after SIGINT, before SIGKILL. Default 5000. */
  readonly sigintTimeout?: number
  /** How long it may take after that, before the promise is rejected. Default 1000. */
  readonly sigkillTimeout?: number
  /** Whether directories count with what is below their own files. Default true. */
  readonly recursive?: boolean
  /** Whether a directory that may not be read is passed over; else it is an error. Default false. */
  readonly ignorePermissionDenied?: boolean
  /** Ends it, as SIGTERM does. */
  readonly signal?: AbortSignal
  /** Looks at the files in this interval instead of waiting for events. Default false. */
  readonly poll?: false | number
}

/** What was asked for, in the words of those who do it. */
export interface RunRequest
  extends Required<
    Pick<RunProcessOptions, 'target' | 'args' | 'targetType' | 'watchFilter' | 'gracePeriod'>
  > {
  readonly callback: RunProcessOptions['callback'] | undefined
  readonly signal: AbortSignal | undefined
  readonly paths: readonly string[]
  readonly directory: string
  readonly settings: Settings
  readonly watching: TreeSettings
}

/** Throws for what is unknown or makes no sense, by name, and for paths that are not there. */
export function readRunProcess(paths: WatchedPaths, options: RunProcessOptions): RunRequest {
  checkOptions('runProcess()', options, KINDS)
  if (options.target === undefined) throw new TypeError('runProcess(): the option "target" is missing')
  const directory = process.cwd()
  return {
    paths: pathsIn(paths, directory),
    directory,
    target: options.target,
    args: options.args ?? [],
    targetType: options.targetType ?? 'auto',
    callback: options.callback,
    watchFilter: options.watchFilter === undefined ? new DefaultFilter() : options.watchFilter,
    gracePeriod: options.gracePeriod ?? 0,
    signal: options.signal,
    settings: {
      ...readProgramOptions({}),
      exit: false,
      onCrash: 'wait',
      onExit: 'wait',
      mode: 'embedded',
      signal: 'SIGINT',
      killTimeout: options.sigintTimeout ?? 5000,
      goneTimeout: options.sigkillTimeout ?? 1000,
      log: options.debug === true ? 'debug' : 'info',
    },
    watching: {
      ignore: [],
      ext: null,
      settle: options.step ?? 50,
      limit: options.debounce ?? 1600,
      poll: options.poll ?? false,
      recursive: options.recursive ?? true,
      ignorePermissionDenied: options.ignorePermissionDenied ?? false,
    },
  }
}

function pathsIn(paths: WatchedPaths, directory: string): string[] {
  const all = [paths].flat() as (string | URL)[]
  if (all.length === 0 || !all.every((one) => one instanceof URL || (typeof one === 'string' && one !== '')))
    throw new TypeError('runProcess(): what is to be watched must be one path or more')
  return all.map((one) => {
    const path = one instanceof URL ? fileURLToPath(one) : resolve(directory, one)
    if (!existsSync(path)) throw new Error(`runProcess(): there is no ${path} to watch`)
    return path
  })
}

const KINDS: Record<keyof RunProcessOptions, OptionKind> = {
  target: {
    expected:
      'a command, or a function as ./module.js#name: a function itself cannot be taken to another process',
    accepts: (value) =>
      value instanceof URL ||
      (typeof value === 'string' && value.trim() !== '') ||
      (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')),
  },
  args: { expected: 'a list', accepts: Array.isArray },
  targetType: oneOf('auto', 'function', 'command'),
  callback: OF_LAUNCH.onRestart,
  watchFilter: {
    expected: 'null, a function or a DefaultFilter',
    accepts: (value) => value === null || typeof value === 'function' || value instanceof DefaultFilter,
  },
  gracePeriod: isTime,
  debounce: isTime,
  step: OF_LAUNCH.settle,
  debug: isBoolean,
  sigintTimeout: isTime,
  sigkillTimeout: isTime,
  recursive: isBoolean,
  ignorePermissionDenied: isBoolean,
  signal: { expected: 'an AbortSignal', accepts: (value) => value instanceof AbortSignal },
  poll: OF_LAUNCH.poll,
}
