/** Every option: its kind, its default, who accepts it, its line in `--help`. */
import { LEVELS, type Level } from '../log.ts'
import type { ListenAddress } from '../protocol/address.ts'
import type { Change } from '../protocol/change.ts'
import {
  addresses,
  callback,
  extensions,
  fileName,
  flag,
  interval,
  LONGEST_TIMER,
  limit,
  oneOf,
  packages,
  paths,
  patterns,
  signalName,
  time,
  variables,
} from './kinds.ts'
import type { Option } from './option.ts'

/** Options of `launchChild()`. All are optional, and times are in ms. */
export interface LaunchOptions {
  /** Whether the parent ends as the child ended. If false, `launchChild()` resolves. Default true. */
  readonly exit?: boolean
  /** What to do when the child exits with a code other than 0 and 75, or by a signal that did not come
   *  through the parent: end likewise, or wait for a change and launch again. Default `'exit'`; of the
   *  command `'wait'`. */
  readonly onCrash?: 'exit' | 'wait'
  /** What to do when the child exits with 0: end likewise, or wait for a change and launch again, for
   *  programs that do one job and finish. Default `'exit'`; of the command at a terminal `'wait'`. */
  readonly onExit?: 'exit' | 'wait'
  /** Whether the next child is kept booted, up to the point where the app begins, so that a restart is
   *  faster than a start. Costs memory for that process. Not used with a debugger or profiler, nor while
   *  the app has the terminal in raw mode. `EXIT75_STANDBY=0` overrides it. Default true. */
  readonly standby?: boolean
  /** Whether the new code boots beside the old, which is asked to exit when the new one calls `ready()`.
   *  For servers that listen on sockets held by the parent (`listen`). Default false. */
  readonly overlap?: boolean
  /** With `overlap`: new code that is not ready within this time, in ms, is dropped. Default 30000. */
  readonly readyTimeout?: number
  /** Whether the standby loads the app's packages ahead, as far as their import was seen to have no side
   *  effects and to depend on nothing that the app sets up; names: load these whatever they do. Default true. */
  readonly preload?: boolean | readonly string[]
  /** Whether Node keeps compiled code in the nearest `node_modules/.cache/exit75`, so that a first start is
   *  faster, too. Node 22.10 and later. Default true. */
  readonly compileCache?: boolean
  /** Sockets that the parent holds, so that no connection is refused during a restart: a port, `'host:port'`,
   *  `{ port, host }`, or the path of a Unix socket. Listen with `server.listen(listenOn(…))`. Default []. */
  readonly listen?: readonly ListenAddress[]
  /** How long files must be quiet before a change counts, in ms. Default: 0 for one loaded file, 10 for one
   *  in a watched directory, 60 as soon as a second file changes. */
  readonly settle?: number
  /** Polls the known files at this interval, in ms, instead of waiting for events, for file systems that
   *  send none. Default false; where a lack of events is detected, polling starts by itself. */
  readonly poll?: false | number
  /** Whether files below `node_modules` are watched too. Default false. */
  readonly nodeModules?: boolean
  /** Paths that never count: globs as in .gitignore, or `/regular expressions/`. Default []. */
  readonly ignore?: readonly string[]
  /** Whether the app keeps running if a changed file does not parse. Default true. */
  readonly syntaxCheck?: boolean
  /** How long the app may take to exit after it was asked to restart, before it gets SIGTERM, in ms. Default
   *  Infinity. */
  readonly stopTimeout?: number
  /** The time from exit75's own SIGTERM to SIGKILL, in ms. Default 5000. If given, it also limits the shutdown
   *  after a signal that the parent passed on, which otherwise has no limit. */
  readonly killTimeout?: number
  /** What to do before each restart, and wait for: a function, called in the parent with the changes that
   *  caused it, or a command line for the shell, which finds them in `EXIT75_CHANGES`. */
  readonly onRestart?: ((changes: Change[]) => unknown) | string
  /** Whether a terminal is cleared before each restart. Default false. */
  readonly clearScreen?: boolean
  /** Variables added to the environment of the child; undefined removes one. Default {}. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** How much is written to stderr; `EXIT75_LOG` overrides it. Default `'info'`. */
  readonly log?: Level
}

/** Options of programs that exit75 runs from outside: `exit75/register`, the command, `runProcess`. */
export interface ProgramOptions extends LaunchOptions {
  /** The signal that ends a program that does not import exit75. Default `'SIGTERM'`. */
  readonly signal?: NodeJS.Signals
  /** Paths to watch, and patterns (`views/**\/*.html`), in addition to the loaded files; for a command,
   *  which reports none, nothing else is watched. Default []; for a command the working directory. */
  readonly watch?: readonly string[]
  /** Below the paths of `watch` only files with these extensions count. Default: all. */
  readonly ext?: readonly string[]
  /** Whether the first run, too, waits for a change. Default false. */
  readonly postpone?: boolean
  /** Whether to read commands from the terminal (`rs`, `ch`, `p`, `q`, `?`), which the program then does
   *  not read. Default false. */
  readonly keys?: boolean
}

/** Options of the command and of the configuration: all except those that need JavaScript. */
export interface RunOptions extends Omit<ProgramOptions, 'exit' | 'onRestart'> {
  readonly onRestart?: string
  /** Whether to become the program, without a parent or watching. Default false. */
  readonly exec?: boolean
}

/** Options of the command line alone. */
export interface CommandLineOptions {
  /** The configuration file. */
  readonly config?: string
  readonly help?: boolean
  readonly version?: boolean
}

/** The normalized form of each option, as the rest of the code gets it. Null: not given, or switched off. */
export type Values = Required<Omit<ProgramOptions & RunOptions, keyof Nullable>> & Nullable
interface Nullable {
  readonly settle: number | null
  readonly poll: number | false
  readonly onRestart: ((changes: Change[]) => unknown) | string | null
  readonly watch: readonly string[] | null
  readonly ext: readonly string[] | null
}

type Table = { readonly [Name in keyof Values]: Option<Values[Name]> } & {
  readonly [Name in keyof CommandLineOptions]-?: Option
}

/** The order is that of the README and of `--help`. */
export const OPTIONS: Table = {
  watch: {
    ...{ by: 'program', ...paths, default: null },
    help: ['<path> *', 'watch this path, too; for a command, in place of .'],
  },
  ext: {
    ...{ by: 'program', ...extensions, default: null },
    help: ['<js,ts>', 'only these extensions'],
  },
  signal: {
    ...{ by: 'program', ...signalName, default: 'SIGTERM' },
    help: ['<SIGTERM>', 'sent to end a program that does not import exit75'],
  },
  keys: { by: 'program', ...flag, default: false, help: ['', 'type rs to restart'] },
  postpone: { by: 'program', ...flag, default: false, help: ['', 'start after a change'] },
  exit: { by: 'launchChild', ...flag, default: true },
  onCrash: {
    ...{ by: 'launchChild', ...oneOf('exit', 'wait'), default: 'exit', ofPrograms: 'wait' },
    help: ['<wait|exit>', 'after a crash, wait for a change, or exit as well'],
  },
  onExit: {
    ...{ by: 'launchChild', ...oneOf('exit', 'wait'), default: 'exit', atTerminal: 'wait' },
    help: ['<wait|exit>', 'after an exit with 0, wait for a change, or exit'],
  },
  standby: {
    ...{ by: 'launchChild', ...flag, default: true },
    help: ['', 'boot no process ahead: less memory, slower restarts'],
  },
  overlap: {
    ...{ by: 'launchChild', ...flag, default: false },
    help: ['', 'zero-downtime restart'],
  },
  readyTimeout: {
    ...{ by: 'launchChild', default: 30_000 },
    ...time(`a number of milliseconds from 1 to ${LONGEST_TIMER}`, 1, LONGEST_TIMER),
    help: ['<ms>', 'limit for ready()'],
  },
  preload: {
    ...{ by: 'launchChild', ...packages, default: true },
    help: ['<package> *', 'always load this package ahead; false: load none'],
  },
  compileCache: {
    ...{ by: 'launchChild', ...flag, default: true },
    help: ['', 'do not cache code'],
  },
  listen: {
    ...{ by: 'launchChild', ...addresses, default: [] },
    help: ['<address> *', 'hold this socket across restarts: [host:]port or path'],
  },
  settle: {
    ...{ by: 'launchChild', default: null },
    ...time('a number of milliseconds from 0 to 60000', 0, 60_000),
    help: ['<ms>', 'debounce time'],
  },
  poll: { by: 'launchChild', ...interval, default: false, help: ['[ms]', 'poll files (every 500)'] },
  nodeModules: { by: 'launchChild', ...flag, default: false, help: ['', 'watch packages'] },
  ignore: {
    ...{ by: 'launchChild', ...patterns, default: [] },
    help: ['<pattern> *', 'never watch this: a glob or a /regular expression/'],
  },
  syntaxCheck: {
    ...{ by: 'launchChild', ...flag, default: true },
    help: ['', 'restart even for a file that does not parse'],
  },
  stopTimeout: {
    ...{ by: 'launchChild', ...limit, default: Number.POSITIVE_INFINITY },
    help: ['<ms>', 'how long the app may take to exit before SIGTERM'],
  },
  killTimeout: {
    ...{ by: 'launchChild', ...limit, default: 5000 },
    help: ['<ms>', 'how long it may take after SIGTERM before SIGKILL'],
  },
  onRestart: {
    ...{ by: 'launchChild', ...callback, default: null },
    help: ['<command>', 'run this command line before each restart'],
  },
  clearScreen: { by: 'launchChild', ...flag, default: false, help: ['', 'at each restart'] },
  env: { by: 'launchChild', ...variables, default: {}, help: ['<NAME=value> *', 'set a variable'] },
  log: {
    ...{ by: 'launchChild', ...oneOf(...LEVELS), default: 'info' },
    help: ['<level>', 'silent or debug'],
  },
  exec: { by: 'command', ...flag, default: false, help: ['', 'run without restarts'] },
  config: { by: 'command line', ...fileName, default: null, help: ['<file>', 'use this config'] },
  help: { by: 'command line', ...flag, default: false, help: ['', 'show this help'], short: 'h' },
  version: { by: 'command line', ...flag, default: false, help: ['', 'show the version'], short: 'v' },
}
