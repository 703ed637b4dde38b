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
  /** Starts the next child; null: a standby. */
  readonly spawn: (launch: Launch | null) => RunningChild
  /** Whether a child can be kept booted ahead. */
  readonly canStandBy: boolean
  /** Whether each child first waits for a debugger (`--inspect-brk`, `--inspect-wait`). */
  readonly waitsForDebugger?: boolean
  /** The file that the program begins with, if that is known. */
  readonly entry: string | null
  /** The directories that are watched from here, if any. */
  readonly watchedPaths?: WatchedPaths
  /** What the user should know about it. */
  readonly warning?: string
  /** For the log at debug level. */
  readonly detail?: string
  /** While no child runs: watches what the last generation was made of, and what is near it. */
  readonly waitForChange: (loaded: ReadonlyMap<string, string>) => Promise<Wait>
  /** Before a launch: makes sure that the held sockets can be reached. */
  readonly refresh?: Sockets['refresh']
  /** Drops what this generation has kept for the next. */
  readonly forget: (generation: number) => void
  /** Leaves nothing on disk, nor anything else when it has resolved. */
  readonly cleanUp: () => unknown
}

export interface Wait {
  readonly changed: Promise<readonly Change[]>
  readonly stop: () => void
}

/** A process that was started, and is heard until its end. */
export interface RunningChild extends Pick<Inbox, 'onMessage'> {
  readonly process: ChildProcess
  readonly ended: Promise<Exit>
  readonly post: (message: ParentMessage) => void
  /** What it has loaded or looked for, with the stamps of that moment, if it was told to report that. */
  readonly loaded: ReadonlyMap<string, string>
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  /** Sends a signal; nothing happens if the child is gone. */
  readonly kill: (signal: NodeJS.Signals) => void
}

/** The result of `make`; if that throws, what was taken before is given up. */
export function orClose<T>(taken: { readonly close: () => void }, make: () => T): T {
  try {
    return make()
  } catch (error) {
    taken.close()
    throw error
  }
}
