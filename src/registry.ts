/**
 * The role, which all copies of this package in a process share. The preload writes it before any
 * code of the app runs; elsewhere find-role.ts finds it out and writes it.
 */
import type { Launch, Preload } from './protocol/child-config.ts'
import type { ThreadMessage } from './protocol/threads.ts'

/** What this process (or this worker thread of it) is to exit75. */
export type Role =
  | { readonly is: 'parent' }
  | ChildRole
  /** `EXIT75=off`, a cluster worker, or a worker thread of a program that exit75 did not start. */
  | { readonly is: 'neither'; readonly because: string }

export interface ChildRole {
  readonly is: 'child'
  /** A standby learns late which launch it is: `generation` is 0 until then. */
  launch: Launch
  /** Copies of this package that a standby has loaded ahead, to be told which launch it is. */
  readonly copies: ((launch: Launch) => void)[]
  /** Memory that all threads share; see SLOT. */
  readonly flags: Int32Array
  /** Says something to the watcher thread. */
  readonly send: (word: ThreadMessage) => void
  /** Where state is kept for the next generation. */
  readonly stateDirectory: string
  /** Descriptors of listening sockets that the parent holds, by the key of their address. */
  readonly sockets: Readonly<Record<string, number>>
  /** Aborts when the flag turns. */
  readonly restart: AbortController
  /** What `onRestart` has been given, in the order of registration. */
  readonly cleanups: Set<() => unknown>
  /** Whether they have begun to run. */
  leaving: boolean
}

/** What the main thread hands to the app's worker threads (`setEnvironmentData`). */
export interface SharedRole extends Pick<ChildRole, 'launch' | 'flags' | 'stateDirectory' | 'sockets'> {
  readonly preloads: readonly Preload[]
  readonly nodeModules: boolean
}
