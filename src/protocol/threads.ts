/** Shared by the threads of a child: messages, slots of memory, and the registry of this package. */
import type { Reason, StampedFile } from './change.ts'
import type { Launch } from './child-config.ts'
import type { Ping } from './messages.ts'
import type { BootReport } from './packages.ts'

/** Between the threads of a child. */
export type ThreadMessage =
  /** To the watcher: a file was resolved, and is about to be read. `isOfApp`: by a package, before the launch. */
  | { is: 'loaded'; file: StampedFile; isOfApp?: boolean }
  /** To the watcher: a loader has read this to load the app, before its launch. */
  | { is: 'read'; file: StampedFile }
  /** To the watcher: this decided where a module was found; see aspects.ts. */
  | { is: 'decided'; file: StampedFile }
  /** To the watcher: a module was looked for here and not found. `places`: files that would make a difference. */
  | { is: 'missing'; file: StampedFile; places: readonly string[] }
  /** To the watcher: a file created here would be loaded in place of the one that was found. */
  | { is: 'preferred'; path: string }
  /** To the watcher: one of the app's modules has asked for this one. `from`: a URL; null for the entry. */
  | {
      is: 'asked'
      from: string | null
      specifier: string
      url: string
      by: 'import' | 'require'
      isPackage: boolean
    }
  /** To the watcher: the app has booted. `ahead`: what had been loaded before its launch; `unloaded`: what it only resolved. */
  | {
      is: 'booted'
      report: Omit<BootReport, 'packages'>
      ahead: readonly string[]
      unloaded: readonly string[]
    }
  /** To the watcher, for the parent: the answer to its `ping`. */
  | { is: 'pong'; about: Ping }
  /** To the watcher: paths that the app named, and the files below those that are directories. */
  | { is: 'watch'; files: readonly StampedFile[]; below: readonly StampedFile[] }
  | { is: 'unwatch'; files: readonly StampedFile[] }
  /**
   * To the watcher: the standby becomes the child, at this time (ms since 1970, by the clock of files). `more`: lines
   * that the parent sent after `launch`.
   */
  | { is: 'launch'; launch: Launch; more: readonly string[]; at: number }
  /** To the watcher, for the parent: see ChildMessage. */
  | { is: 'cooperates' }
  | { is: 'polls' }
  | { is: 'ready' }
  | { is: 'note'; text: string; once?: boolean }
  | { is: 'in-use'; port: number }
  /** To the watcher: the app requests a restart. */
  | { is: 'restart'; reason: Reason }
  /** To the watcher: report everything before this, then set SLOT.reported. */
  | { is: 'flush' }
  /** From the watcher: the flag has just been set. */
  | { is: 'outdated'; reason: Reason }
  /** From the watcher to the main thread: the parent's `ping`. */
  | { is: 'ping'; about: Ping }
  /** From the watcher to the main thread: the parent's `signal`. */
  | { is: 'signal'; signal: NodeJS.Signals }

/** Slots of the memory shared by all threads of a child. */
export const SLOT = {
  /** One of PHASE. */
  phase: 0,
  /** 1: the watcher thread receives broadcasts. */
  threadReady: 1,
  /** 1: the loaded files have been reported, at the end of a crashed process. */
  reported: 2,
  /** 1: a file that the standby has read may have changed. */
  inDoubt: 3,
  /** 1: the parent is gone. */
  orphaned: 4,
  /** Number of threads that are saving state. */
  saving: 5,
  /** 1: a thread of the app has run its cleanups for a restart. */
  left: 6,
  /** 1: the main thread has sent what cannot wait for the app's head start. */
  urgent: 7,
  length: 8,
} as const

/** How far a child has come; it never goes back. */
export const PHASE = {
  /** None of the app's code has run. */
  booting: 0,
  /** A standby, waiting for its launch. */
  held: 1,
  /** Launched. */
  running: 2,
  /** `shouldRestart()` is true. */
  outdated: 3,
} as const

export const phaseOf = (flags: Int32Array): number => Atomics.load(flags, SLOT.phase)

/** Whether the launch has begun: files loaded from now on are the app's. */
export const isLaunched = (flags: Int32Array): boolean => phaseOf(flags) >= PHASE.running

/** Advances the phase, unless another thread has advanced it further. */
export function advance(flags: Int32Array, to: number): void {
  for (let from = phaseOf(flags); from < to; from = phaseOf(flags))
    if (Atomics.compareExchange(flags, SLOT.phase, from, to) === from) return
}

/** About as long as a small app boots from a standby, in ms. */
const HEAD_START = 10

/**
 * Blocks the watcher thread for a moment after the launch of a standby: otherwise it would compete with the app for the
 * processor. Nothing is missed: each file is stamped before it is loaded, and the launch brings its own time.
 */
export const giveHeadStart = (flags: Int32Array): void => void Atomics.wait(flags, SLOT.urgent, 0, HEAD_START)

/** Ends that early: something has been sent that the parent or the app waits for. */
export function endHeadStart(flags: Int32Array): void {
  if (Atomics.exchange(flags, SLOT.urgent, 1) === 0) Atomics.notify(flags, SLOT.urgent)
}

/** Longest boot of the watcher thread on a slow machine, in ms. */
export const THREAD_BOOT_TIME = 10_000

/** Name of the broadcast channel between the app's worker threads and the watcher thread. */
export const CHANNEL = 'exit75'

/** All copies of this package in a process share one value under this key of the global object. */
const REGISTRY = Symbol.for('exit75')
export const share = (value: object): void => void Object.defineProperty(globalThis, REGISTRY, { value })
export const shared = (): unknown => (globalThis as Record<symbol, unknown>)[REGISTRY]
