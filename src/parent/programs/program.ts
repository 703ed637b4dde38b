/** How one kind of program is started, watched while it is down, and cleaned up. */
import type { ChildProcess } from 'node:child_process'
import type { Settings } from '../../options/options.ts'
import type { Change } from '../../protocol/change.ts'
import type { Launch } from '../../protocol/child-config.ts'
import type { Exit } from '../../protocol/exit.ts'
import type { ParentMessage } from '../../protocol/messages.ts'
import type { Sockets } from '../held/sockets.ts'
import type { WatchedPaths } from '../held/watched-paths.ts'
import type { Inbox } from './inbox.ts'

export interface Program {
  readonly settings: Settings
  /** Starts the next child, or with null a standby. */
  readonly spawn: (launch: Launch | null) => RunningChild
  /** Whether a standby is possible, and wanted. */
  readonly keepsStandby: boolean
  /** Whether each child first waits for a debugger (`--inspect-brk`, `--inspect-wait`). */
  readonly waitsForDebugger?: boolean
  /** Whether SIGHUP has no effect on it (nohup(1)). */
  readonly ignoresHangup?: boolean
  /** The entry file, if known. */
  readonly entry: string | null
  /** Whether a tool in it may read and run the user's files itself, so that Node does not load them. */
  readonly runsFilesItself?: boolean
  /** What the user is told about it. */
  readonly title: { readonly text: string; readonly isNode: boolean }
  /** The directories that the parent watches, if any. */
  readonly watchedPaths?: WatchedPaths
  /** For the user. */
  readonly warning?: string
  /** For the log at debug level. */
  readonly detail?: string
  /** While no child runs: watches the files of the last generation, and those near them. */
  readonly waitForChange: (loaded: ReadonlyMap<string, string>) => Promise<Wait>
  /** Call before a launch: makes sure that the held sockets are reachable. */
  readonly refresh?: Sockets['refresh']
  /** Drops the state that this generation has saved. */
  readonly forget: (generation: number) => void
  /** Removes everything on disk, and everything else once it has resolved. */
  readonly cleanUp: () => unknown
}

export interface Wait {
  readonly changed: Promise<readonly Change[]>
  readonly stop: () => void
}

/** A started process, and its messages until its end. */
export interface RunningChild extends Pick<Inbox, 'onMessage'> {
  readonly process: ChildProcess
  readonly ended: Promise<Exit>
  readonly post: (message: ParentMessage) => void
  /** Files it loaded or looked for, with their stamps at that moment, if configured to report them. */
  readonly loaded: ReadonlyMap<string, string>
  /** Time of `monotonic()`, in ms. */
  readonly startedAt: number
  /** Sends a signal; does nothing if the child is gone. */
  readonly kill: (signal: NodeJS.Signals) => void
}

/** Returns the result of `make`; closes `taken` if that throws. */
export function orClose<T>(taken: { readonly close: () => void }, make: () => T): T {
  try {
    return make()
  } catch (error) {
    taken.close()
    throw error
  }
}
