/** What the threads of a child share: messages, slots of memory, and the registry of this package. */
import type { Reason, StampedFile } from './change.ts'
import type { Launch } from './child-config.ts'
import type { Ping } from './messages.ts'

/** Between the threads of a child. */
export type ThreadMessage =
  /** To the watcher: a file was resolved, and is about to be read. */
  | { is: 'loaded'; file: StampedFile }
  /** To the watcher: no file stands where this one was looked for. */
  | { is: 'missing'; path: string }
  /** To the watcher: what the app named itself, and the files below it if it is a directory. */
  | { is: 'watch'; files: readonly StampedFile[]; below: readonly StampedFile[] }
  | { is: 'unwatch'; files: readonly StampedFile[] }
  /** To the watcher: the standby has become the child; `more` are lines that the parent sent behind `launch`. */
  | { is: 'launch'; launch: Launch; more: readonly string[] }
  /** To the watcher, for the parent: see ChildMessage. */
  | { is: 'cooperates' }
  | { is: 'polls' }
  | { is: 'ready' }
  | { is: 'note'; text: string }
  /** To the watcher: the app asks for a restart. */
  | { is: 'restart'; reason: Reason }
  /** To the watcher: report what came before this, then say so in shared memory. */
  | { is: 'flush' }
  /** From the watcher: the flag has just been set. */
  | { is: 'outdated'; reason: Reason }
  /** From the watcher to the main thread: the parent's `ping`. */
  | { is: 'ping'; about: Ping }

/** Slots of the memory that all threads of a child share. */
export const SLOT = {
  outdated: 0,
  ready: 1,
  reported: 2,
  held: 3,
  inDoubt: 4,
  launched: 5,
  orphaned: 6,
  /** How many threads are writing a state. */
  saving: 7,
  length: 8,
} as const

/** The watcher thread boots within this time, in ms, however slow the machine is. */
export const THREAD_BOOT_TIME = 10_000

/** Name of the broadcast channel between the app's worker threads and the watcher thread. */
export const CHANNEL = 'exit75'

/** All copies of this package in a process share one value under this key of the global object. */
const REGISTRY = Symbol.for('exit75')
export const share = (value: object): void => void Object.defineProperty(globalThis, REGISTRY, { value })
export const shared = (): unknown => (globalThis as Record<symbol, unknown>)[REGISTRY]
