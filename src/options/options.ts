/** What the user may set, and what holds where nothing was set. */
import { isatty } from 'node:tty'
import type { Level } from '../log.ts'
import type { ListenAddress } from '../protocol/address.ts'
import type { Change } from '../protocol/change.ts'
import { checkOptions, OF_LAUNCH, OF_PROGRAMS, type OptionKind } from './check.ts'

/** All optional. Times are in ms. */
export interface LaunchOptions {
  /** Whether the parent ends as the child ended; `false`: `launchChild()` resolves. Default true. */
  readonly exit?: boolean
  /** What to do when the child ends with another code than 0 and 75, or by a signal that nobody
   *  sent through the parent: end likewise, or wait for a change and launch again. Default `'exit'`. */
  readonly onCrash?: 'exit' | 'wait'
  /** What to do when the child ends with 0: end likewise, or wait for a change and launch again, as
   *  for programs that do a piece of work and are done. Default `'exit'`. */
  readonly onExit?: 'exit' | 'wait'
  /** Whether the next child is kept booted, up to the point where the app begins, so that a restart
   *  takes less time than a start. Costs its memory. Not used with a debugger or profiler, nor while
   *  the app holds the terminal in raw mode. `EXIT75_STANDBY=0` overrides it. Default true. */
  readonly standby?: boolean
  /** Whether the new code boots beside the old, which is asked to exit when the new one calls `ready()`.
   *  For servers that listen on sockets of the parent's (`listen`). Default false. */
  readonly overlap?: boolean
  /** With `overlap`: new code that is not ready within this time is given up. Default 30000. */
  readonly readyTimeout?: number
  /** Packages that the standby imports ahead: what the app needs anyway, and what does nothing by
   *  itself. Default []. */
  readonly preload?: readonly string[]
  /** Sockets that the parent holds, so that nobody is refused during a restart: a port, `{ port, host }`,
   *  or the path of a Unix socket. The app listens with `server.listen(listenOn(…))`. Default []. */
  readonly listen?: readonly ListenAddress[]
  /** How long files must be quiet before a change counts. Default: 0 for one file that was loaded, 10 ms
   *  for one in a directory that is watched, 60 ms as soon as a second one changes. */
  readonly settle?: number
  /** Looks at the known files in this interval instead of waiting for events, for file systems that
   *  send none. Default false; it comes by itself where that can be told. */
  readonly poll?: false | number
  /** Whether files below `node_modules` are watched too. Default false. */
  readonly nodeModules?: boolean
  /** Whether a file that does not parse leaves the running app alone. Default true. */
  readonly syntaxCheck?: boolean
  /** How long the app may take to exit after it was asked to restart, before it is sent SIGTERM.
   *  Default Infinity. */
  readonly stopTimeout?: number
  /** How long after a SIGTERM of exit75's own, before SIGKILL. Default 5000. If given, it also
   *  limits the shutdown after a signal that the parent passed on, which otherwise has no limit. */
  readonly killTimeout?: number
  /** Called in the parent before each relaunch, with what caused it; awaited. */
  readonly onRestart?: (changes: Change[]) => unknown
  /** Added to the environment of the child. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** How much is said on stderr; `EXIT75_LOG` overrides it. Default `'info'`. */
  readonly log?: Level
}

/** What programs are given that exit75 runs from outside: `exit75/register`, the command, `runProcess`. */
export interface ProgramOptions extends LaunchOptions {
  /** What ends a program that does not ask for itself. Default `'SIGTERM'`. */
  readonly signal?: NodeJS.Signals
  /** Paths that are watched too; of a command, which has no modules, nothing else is. Default [];
   *  for a command the working directory. */
  readonly watch?: readonly string[]
  /** Paths that never count: globs as in .gitignore, or `/regular expressions/`. Default []. */
  readonly ignore?: readonly string[]
  /** Below the paths of `watch` only files with these endings count. Default: all. */
  readonly ext?: readonly string[]
  /** Whether commands are taken from the terminal (`rs`, `ch`, `p`, `q`, `?`), which the program then
   *  does not read. Default false. */
  readonly keys?: boolean
}

export type Settings = Required<
  Omit<ProgramOptions, 'settle' | 'onRestart' | 'killTimeout' | 'ext' | 'watch'>
> & {
  readonly watch: readonly string[] | null
  readonly ext: readonly string[] | null
  /** The program's standard input. */
  readonly stdin: 'inherit' | 'ignore'
  /** `launchChild()`; a program that may never import exit75, and is then ended by a signal; `runProcess()`. */
  readonly mode: 'app' | 'program' | 'embedded'
  readonly settle: number | null
  readonly onRestart: ((changes: Change[]) => unknown) | null
  readonly killTimeout: number
  /** How long after a signal of the user's, before SIGKILL, ms: never, unless `killTimeout` was given. */
  readonly signalTimeout: number
  /** How long after SIGKILL before the wait for the end is given up, ms. */
  readonly goneTimeout: number
}

/** Of `launchChild()`. Throws for what is unknown or makes no sense, by name, with what was expected. */
export const readOptions = (options: LaunchOptions): Settings => ({
  ...settingsOf(options, OF_LAUNCH),
  mode: 'app',
})

/** Of programs that may not know exit75: a crash is waited out, since nobody wrote them for this. */
export const readProgramOptions = (options: ProgramOptions): Settings => ({
  ...settingsOf({ ...options, onCrash: options.onCrash ?? 'wait' }, OF_PROGRAMS),
  mode: 'program',
})

function settingsOf(options: ProgramOptions, kinds: Record<string, OptionKind>): Omit<Settings, 'mode'> {
  checkOptions('launchChild()', options, kinds)
  return {
    exit: options.exit ?? true,
    onCrash: options.onCrash ?? 'exit',
    onExit: options.onExit ?? 'exit',
    signal: options.signal ?? 'SIGTERM',
    watch: options.watch ?? null,
    ignore: options.ignore ?? [],
    ext: options.ext ?? null,
    keys: options.keys ?? false,
    stdin: options.keys && isatty(0) ? 'ignore' : 'inherit',
    standby: options.standby ?? true,
    overlap: options.overlap ?? false,
    readyTimeout: options.readyTimeout ?? 30_000,
    preload: options.preload ?? [],
    listen: options.listen ?? [],
    settle: options.settle ?? null,
    poll: options.poll ?? false,
    nodeModules: options.nodeModules ?? false,
    syntaxCheck: options.syntaxCheck ?? true,
    stopTimeout: options.stopTimeout ?? Number.POSITIVE_INFINITY,
    killTimeout: options.killTimeout ?? 5000,
    signalTimeout: options.killTimeout ?? Number.POSITIVE_INFINITY,
    goneTimeout: Number.POSITIVE_INFINITY,
    onRestart: options.onRestart ?? null,
    env: options.env ?? {},
    log: options.log ?? 'info',
  }
}
