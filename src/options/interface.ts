/** The options as users write them. Their comments are read in editors, and in the schema of the configuration. */
import type { Level } from '../log.ts'
import type { ListenAddress } from '../protocol/address.ts'
import type { Change } from '../protocol/change.ts'

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
   *  caused it, or a command line for the shell, which finds them in `EXIT75_CHANGES`. Default: nothing. */
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
