/** What the threads of a child share: messages, slots of memory, and the registry of this package. */
import type { Reason, StampedFile } from './change.ts'
import type { Launch } from './child-config.ts'
import type { Ping } from './messages.ts'

/** Between the threads of a child. */
export type ThreadMessage =
  /** To the watcher: a file was resolved, and is about to be read. */
  | { is: 'loaded'; file: StampedFile }
  /** To the watcher: this decided where a module was found; see aspects.ts. */
  | { is: 'decided'; file: StampedFile }
  /** To the watcher: nothing stands where a module, or a package, was looked for by the app, or by a package of it. */
  | { is: 'missing'; path: string; by: 'app' | 'package' }
  /** To the watcher: nothing stands here, which would be loaded in place of what was found. */
  | { is: 'preferred'; path: string }
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
  /** One of PHASE. */
  phase: 0,
  /** 1: the watcher thread hears what is broadcast. */
  threadReady: 1,
  /** 1: what was loaded has been reported, at the end of a crashed process. */
  reported: 2,
  /** 1: something that a standby has read may have changed. */
  inDoubt: 3,
  /** 1: the parent is gone. */
  orphaned: 4,
  /** How many threads are writing a state. */
  saving: 5,
  length: 6,
} as const

/** How far a child has come; it only goes forward. */
export const PHASE = {
  /** Nothing of the app has run. */
  booting: 0,
  /** A standby that waits for its launch. */
  held: 1,
  /** Launched. */
  running: 2,
  /** `shouldRestart()` is true. */
  outdated: 3,
} as const

export const phaseOf = (flags: Int32Array): number => Atomics.load(flags, SLOT.phase)

/** Whether the launch has begun: what is loaded from now on is the app's. */
export const isLaunched = (flags: Int32Array): boolean => phaseOf(flags) >= PHASE.running

/** Another thread may be ahead: then its phase stays. */
export function advance(flags: Int32Array, to: number): void {
  for (let from = phaseOf(flags); from < to; from = phaseOf(flags))
    if (Atomics.compareExchange(flags, SLOT.phase, from, to) === from) return
}

/** The watcher thread boots within this time, in ms, however slow the machine is. */
export const THREAD_BOOT_TIME = 10_000

/** Name of the broadcast channel between the app's worker threads and the watcher thread. */
export const CHANNEL = 'exit75'

/** All copies of this package in a process share one value under this key of the global object. */
const REGISTRY = Symbol.for('exit75')
export const share = (value: object): void => void Object.defineProperty(globalThis, REGISTRY, { value })
export const shared = (): unknown => (globalThis as Record<symbol, unknown>)[REGISTRY]
