/**
 * The role, shared by all copies of this package in a process. The preload writes it before any of the
 * app's code runs; in other processes find-role.ts determines and writes it.
 */
import type { Launch, Preload } from './protocol/child-config.ts'
import type { ThreadMessage } from './protocol/threads.ts'

/** The role of this process, or of this worker thread. */
export type Role =
  | ParentRole
  | ChildRole
  /** `EXIT75=off`, a cluster worker, or a worker thread of a program that exit75 did not start. */
  | { readonly is: 'neither'; readonly because: string }

export interface ParentRole {
  readonly is: 'parent'
  /** What `launchChild()` is doing. Undefined if it was not called. */
  launch?: 'runs' | 'over'
  /** While it runs: asks every child to restart, or launches one at once where none runs. `why` is for the log. */
  restart?: ((why: string) => void) | undefined
}

export interface ChildRole {
  readonly is: 'child'
  /** That of the exit75 that started this process. Undefined if it is 0.1. */
  readonly version: string | undefined
  /** A standby learns only later which launch it is: `generation` is 0 until then. */
  launch: Launch
  /** Callbacks of the copies of this package that a standby has loaded ahead: which launch it is. */
  readonly copies: ((launch: Launch) => void)[]
  /** Memory shared by all threads: see SLOT. */
  readonly flags: Int32Array
  /** Sends a message to the watcher thread. */
  readonly send: (message: ThreadMessage) => void
  /** Where state is kept for the next generation. */
  readonly stateDirectory: string
  /** Descriptors of listening sockets that the parent holds, by the key of their address. */
  readonly sockets: Readonly<Record<string, number>>
  /** Returns the handle for an address, where sockets arrive through a pipe (Windows); in the main thread only. */
  readonly comingSocket?: (key: string) => object | undefined
  /** Aborted when `shouldRestart()` turns true. */
  readonly restart: AbortController
  /** The cleanups registered with `onRestart`, in order. */
  readonly cleanups: Set<() => unknown>
  /** Whether the cleanups have begun to run. */
  leaving: boolean
}

/** The data that the main thread passes to the app's worker threads (`setEnvironmentData`). */
export interface SharedRole extends Pick<ChildRole, 'launch' | 'flags' | 'stateDirectory' | 'sockets'> {
  readonly preloads: readonly Preload[]
  /** Node's flags as the user gave them. */
  readonly execArgv: readonly string[]
  readonly nodeModules: boolean
}
