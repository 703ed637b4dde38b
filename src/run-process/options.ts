/** The options of `runProcess()`: those of watchfiles' `run_process`, with the same defaults. Times in ms. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Level } from '../log.ts'
import { quoted, type Row, readOptions } from '../options/check.ts'
import { flag, limit, oneOf } from '../options/kinds.ts'
import { readProgramOptions, type Settings } from '../options/options.ts'
import { OPTIONS } from '../options/table.ts'
import type { TreeSettings } from '../parent/index.ts'
import type { Change } from '../protocol/change.ts'
import { DefaultFilter, type WatchFilter } from './filters.ts'
import type { Target, TargetType } from './target.ts'

/** Files, and directories with everything below them: one path, or a list. */
export type WatchedPaths = string | URL | readonly (string | URL)[]

/** All but `target` are optional. Times are in ms, `gracePeriod` included. */
export interface RunProcessOptions {
  /** What to run: a command, which gets no shell (`'python3 app.py'`, `['python3', 'app.py']`), or a function
   *  by module and export (`'./worker.ts#main'`). Relative paths start from the working directory. */
  readonly target: Target
  /** Arguments for a function, which must be cloneable. A command has its own. Default []. */
  readonly args?: readonly unknown[]
  /** What the target is taken for. Default `'auto'`: the result of `detectTargetType()`. */
  readonly targetType?: TargetType | 'auto'
  /** Called here, with the changes, before they end the process; awaited. Default: none. */
  readonly callback?: (changes: Set<Change>) => unknown
  /** Which changes count: a filter, a function, or null for all. Default `new DefaultFilter()`. */
  readonly watchFilter?: WatchFilter
  /** How long after the first start nothing is watched, in ms. Default 0. */
  readonly gracePeriod?: number
  /** Longest wait for files that do not become quiet, in ms: then a change counts all the same. Default 1600. */
  readonly debounce?: number
  /** How long files must be quiet before a change counts, in ms. Default 50. */
  readonly step?: number
  /** Whether each change and each decision is logged on stderr: the same as `log: 'debug'`. Default false. */
  readonly debug?: boolean
  /** How much is written to stderr: one line a restart, nothing, or each change and decision. The variable
   *  `EXIT75_LOG` overrides it. Default `'info'`. */
  readonly log?: Level
  /** How long the process may take to end after SIGINT, before SIGKILL, in ms. Default 5000. */
  readonly sigintTimeout?: number
  /** How long it may take after that, before the promise is rejected, in ms. Default 1000. */
  readonly sigkillTimeout?: number
  /** Whether files in subdirectories count, too. Default true. */
  readonly recursive?: boolean
  /** Whether directories without read permission are skipped; else they are an error. Default false. */
  readonly ignorePermissionDenied?: boolean
  /** Ends the process as SIGTERM to this one would, and the promise resolves. Default: none. */
  readonly signal?: AbortSignal
  /** The interval at which files are polled, in ms, where the system sends no events. Default false: events. */
  readonly poll?: false | number
}

/** The options, converted for the code that carries them out. */
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

/** Throws for unknown or invalid options, by name, and for paths that do not exist. */
export function readRunProcess(paths: readonly (string | URL)[], options: RunProcessOptions): RunRequest {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${USAGE}, not ${quoted(options)}`)
  const values = readOptions<Values>('runProcess()', options, ROWS)
  const { target, step, debounce, sigintTimeout, sigkillTimeout, debug, poll } = values
  if (target === undefined) throw new TypeError('runProcess(): the option "target" is missing')
  const directory = process.cwd()
  return {
    ...values,
    target,
    paths: pathsIn(paths, directory),
    directory,
    settings: {
      ...readProgramOptions({}),
      mode: 'embedded',
      exit: false,
      onExit: 'wait',
      signal: 'SIGINT',
      killTimeout: sigintTimeout,
      signalTimeout: sigintTimeout,
      goneTimeout: sigkillTimeout,
      log: debug ? 'debug' : values.log,
    },
    watching: {
      ignore: [],
      ext: null,
      settle: step,
      limit: debounce,
      poll,
      recursive: values.recursive,
      ignorePermissionDenied: values.ignorePermissionDenied,
    },
  }
}

const USAGE =
  "runProcess(): expected one or more paths to watch, and then the options, as in runProcess('src', { target: 'python3 app.py' })"

function pathsIn(paths: readonly (string | URL)[], directory: string): string[] {
  if (
    paths.length === 0 ||
    !paths.every((entry) => entry instanceof URL || (typeof entry === 'string' && entry !== ''))
  )
    throw new TypeError(USAGE)
  return paths.map((entry) => {
    const path = entry instanceof URL ? fileURLToPath(entry) : resolve(directory, entry)
    if (!existsSync(path)) throw new Error(`runProcess(): there is no ${path} to watch`)
    return path
  })
}

interface Values extends Required<Omit<RunProcessOptions, 'target' | 'callback' | 'signal' | 'poll'>> {
  readonly target: Target | undefined
  readonly callback: RunProcessOptions['callback'] | undefined
  readonly signal: AbortSignal | undefined
  readonly poll: number | false
}

/** Options that `launchChild()` also has are read in the same way. */
const ROWS: { readonly [Name in keyof Values]: Row<Values[Name]> } = {
  target: {
    expected:
      'a command, or the name of a function, ./module.js#name (the function itself cannot be sent to another process)',
    accepts: (value) =>
      value instanceof URL ||
      (typeof value === 'string' && value.trim() !== '') ||
      (Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string')),
    default: undefined,
  },
  args: { expected: 'a list', accepts: Array.isArray, default: [] },
  targetType: { ...oneOf('auto', 'function', 'command'), default: 'auto' },
  callback: {
    expected: 'a function',
    accepts: (value) => typeof value === 'function',
    default: undefined,
  },
  watchFilter: {
    expected: 'null, a function or a DefaultFilter',
    accepts: (value) => value === null || typeof value === 'function' || value instanceof DefaultFilter,
    default: new DefaultFilter(),
  },
  gracePeriod: { ...limit, default: 0 },
  debounce: { ...limit, default: 1600 },
  step: { ...OPTIONS.settle, default: 50 },
  debug: { ...flag, default: false },
  log: OPTIONS.log,
  sigintTimeout: { ...limit, default: 5000 },
  sigkillTimeout: { ...limit, default: 1000 },
  recursive: { ...flag, default: true },
  ignorePermissionDenied: { ...flag, default: false },
  signal: {
    expected: 'an AbortSignal',
    accepts: (value) => value instanceof AbortSignal,
    default: undefined,
  },
  poll: OPTIONS.poll,
}
