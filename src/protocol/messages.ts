/** Every message between parent and child, and its encoding: one line of JSON each. */
import { writeSync } from 'node:fs'
import type { Change, Reason, StampedFile } from './change.ts'
import type { Launch } from './child-config.ts'
import { isRecord, parseJson } from './json.ts'
import type { BootReport, LoadPlan, Unfit } from './packages.ts'
import type { ForwardedSignal } from './signals.ts'

/** Child to parent. */
export type ChildMessage =
  /** A standby is ready for `launch`. */
  | { is: 'held' }
  /** What tells loaders how to load the app, as the standby has read it, or not found it. */
  | { is: 'settings'; files: readonly StampedFile[] }
  /** A file that the standby has loaded has changed. */
  | { is: 'stale'; changes: readonly Change[] }
  /** The launch has begun: the user's preloads and the app's entry run next. */
  | { is: 'started' }
  /** The app has imported exit75: it will be asked to exit, not ended by a signal. */
  | { is: 'cooperates' }
  /** The app has called `shouldRestart()` for the first time: it has booted. */
  | { is: 'polls' }
  /** `shouldRestart()` has turned true, and the app has registered nothing for that: no cleanup, no listener. */
  | { is: 'unheeded' }
  /** A server of the app listens, the first one. */
  | { is: 'listening' }
  /** The app has called `ready()`. */
  | { is: 'ready' }
  /** The app has booted; `report`: what the next standby needs to know to load its packages. */
  | { is: 'booted'; report: BootReport }
  /** A standby begins to load this module. */
  | { is: 'loading'; url: string }
  /** These packages must be left to the app: their import is not pure enough for loading ahead. */
  | { is: 'unfit'; packages: readonly Unfit[] }
  /** `shouldRestart()` is about to turn true. */
  | { is: 'outdated'; reason: Reason }
  /** A changed file does not parse: the running app stays up. */
  | { is: 'syntax-error'; path: string; line: number | null; message: string }
  /** The program's own file was deleted: the running app stays up. */
  | { is: 'gone'; path: string }
  /** A file that did not parse, or was gone, is again as it was loaded: nothing is left to do. */
  | { is: 'fixed'; path: string }
  /** Files that this generation has loaded, or tried to load. */
  | { is: 'loaded'; files: readonly StampedFile[] }
  /** Watching has failed: nothing is watched any more. */
  | { is: 'failed'; message: string }
  /** The process is about to exit by itself, not by a signal. */
  | { is: 'exits' }
  /** There are no file events: the files are polled instead. */
  | { is: 'polling'; why: string }
  /** The app has begun (`on`) or stopped listening to a signal. */
  | { is: 'listens'; signal: ForwardedSignal; on: boolean }
  /** The app's listeners for a signal are about to run. */
  | { is: 'signalled'; signal: ForwardedSignal }
  /** The main thread is not busy: the answer to `ping`. `loaded`: how many files the app has loaded so far. */
  | { is: 'pong'; about: Ping; loaded?: number }
  /** The app has started a Node process, whose files are not watched; sent for the first one only. */
  | { is: 'forks'; script: string }
  /** Something for the user to know; `once`: not again in a later generation. */
  | { is: 'note'; text: string; once?: boolean }
  /** A port that the app wants to listen on is in use. */
  | { is: 'in-use'; port: number }
  /** For the log at debug level. */
  | { is: 'trace'; text: string }

/** Parent to child. */
export type ParentMessage =
  /** To a standby, first of all: what it loads. */
  | { is: 'preload'; plan: LoadPlan }
  /** To a standby: it is the next child. */
  | { is: 'launch'; launch: Launch }
  /** These count, too: what a standby has read to load the app. */
  | { is: 'settings'; files: readonly StampedFile[] }
  /** Turn `shouldRestart()` true. */
  | { is: 'restart'; reason: Reason }
  /** The next generation has taken over: turn `shouldRestart()` true. */
  | { is: 'retire'; reason: Reason }
  /** Answer `pong` as soon as the main thread has run all pending work. */
  | { is: 'ping'; about: Ping }
  /** The app was sent SIGTERM: the end of the parent must not send another. */
  | { is: 'terminated' }
  /** Where the system has no signals: run the app's listeners for this one. */
  | { is: 'signal'; signal: NodeJS.Signals }

/** What a ping asks: whether the app is idle, whether it has booted, or whether it has received a signal by itself. */
export type Ping = 'idle' | 'boot' | ForwardedSignal

const CHILD_MESSAGES = {
  held: 1,
  settings: 1,
  stale: 1,
  started: 1,
  cooperates: 1,
  polls: 1,
  unheeded: 1,
  booted: 1,
  loading: 1,
  unfit: 1,
  listening: 1,
  ready: 1,
  outdated: 1,
  'syntax-error': 1,
  gone: 1,
  fixed: 1,
  loaded: 1,
  failed: 1,
  polling: 1,
  listens: 1,
  signalled: 1,
  pong: 1,
  exits: 1,
  forks: 1,
  note: 1,
  'in-use': 1,
  trace: 1,
} satisfies Record<ChildMessage['is'], 1>
const PARENT_MESSAGES = {
  preload: 1,
  launch: 1,
  settings: 1,
  restart: 1,
  retire: 1,
  ping: 1,
  terminated: 1,
  signal: 1,
} satisfies Record<ParentMessage['is'], 1>

/** Decodes a line. Undefined if it is not a message: others may write to the descriptor. */
export const decodeChildMessage = (line: string): ChildMessage | undefined => decode(line, CHILD_MESSAGES)
export const decodeParentMessage = (line: string): ParentMessage | undefined => decode(line, PARENT_MESSAGES)

export const encode = (message: ChildMessage | ParentMessage): string => `${JSON.stringify(message)}\n`

/**
 * Sends a message to the parent, synchronously, from any thread of the child: it arrives even if the
 * child exits right after. While the parent is stopped (Ctrl-Z) the pipe buffers some hundred kB.
 */
export function sendToParent(fd: number, message: ChildMessage): void {
  const bytes = Buffer.from(encode(message))
  try {
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(fd, bytes, sent)
  } catch {
    // the parent is gone
  }
}

/** Splits a stream of text into lines: call the result with chunks, and `onLine` gets each whole line. */
export function byLine(onLine: (line: string) => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
}

function decode<Message>(line: string, known: object): Message | undefined {
  const message = parseJson(line)
  const isKnown = isRecord(message) && typeof message.is === 'string' && Object.hasOwn(known, message.is)
  return isKnown ? (message as Message) : undefined
}
