/**
 * Every word that the processes say to each other: the exit code, the variables, the lines on the
 * pipe, the slots of shared memory. Either side can be read with this file open.
 */
import { writeSync } from 'node:fs'
import type { SocketFile } from './system/socket-file.ts'

/** The exit code that asks for a restart: 75, `EX_TEMPFAIL` of sysexits.h, "try again". */
export const EX_TEMPFAIL = 75

/** What a shell ends with if a program cannot be executed, or is not there (POSIX, 2.8.2). */
export const NOT_EXECUTABLE = 126
export const NOT_FOUND = 127

/** Tells a process what it is: unset (parent), `off`, or a birth certificate. Removed when read. */
export const ROLE_VARIABLE = 'EXIT75'

/** What caused this launch, for programs in any language: a JSON list of `[type, path]`. */
export const CHANGES_VARIABLE = 'EXIT75_CHANGES'
/** The same for commands that were written for watchfiles. */
export const WATCHFILES_VARIABLE = 'WATCHFILES_CHANGES'

/** One difference between the code that runs and the code on disk; `path` is absolute. */
export interface Change {
  readonly type: 'added' | 'modified' | 'deleted'
  readonly path: string
}

/** How a process ended: by a code, or by a signal. */
export type Exit =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: NodeJS.Signals }

/** From what the event `exit` of node:child_process tells. */
export const exitOf = (code: number | null, signal: NodeJS.Signals | null): Exit =>
  signal === null ? { code: code ?? 0, signal } : { code: null, signal }

/** How the last child ended, and how often it was launched again before. */
export type Ending = Exit & { readonly restarts: number }

/** A module that a flag of the user's names (`--import`, `--require`), to be run before the entry. */
export interface Preload {
  readonly kind: 'import' | 'require'
  readonly specifier: string
}

/** Which launch this is, and what caused it. */
export interface Launch {
  readonly generation: number
  readonly changes: readonly Change[]
}

export const FIRST_LAUNCH: Launch = { generation: 1, changes: [] }

/** What a child must know before its first statement. It travels in {@link ROLE_VARIABLE}. */
export interface Birth {
  /** Pid of the parent: the certificate counts only in a process that this parent started. */
  readonly parent: number
  /** Descriptor of the pipe on which the child speaks to the parent. */
  readonly pipe: number
  /**
   * Descriptor of the pipe on which the parent speaks to the child, and whose end tells that the
   * parent is gone. One of its own: a write that finds the child gone ends a stream for reading too,
   * and with it the child's last words.
   */
  readonly orders: number
  /** Null for a standby: it is told later, and loads nothing of the app before that. */
  readonly launch: Launch | null
  /** Node's flags as the user gave them. */
  readonly execArgv: readonly string[]
  readonly nodeOptions: string | null
  readonly preloads: readonly Preload[]
  /** Packages that a standby may import ahead (option `preload`). */
  readonly warm: readonly string[]
  /** Whether there is a loader among the flags, which a standby may let do its first work ahead. */
  readonly hasLoader: boolean
  /** Where state is kept for the next generation; made when there is some. */
  readonly stateDirectory: string
  /** Descriptors of the listening sockets, by the key of their address. */
  readonly sockets: Readonly<Record<string, number>>
  /** What the child removes when the parent is gone. */
  readonly socketFiles: readonly SocketFile[]
  readonly watching: Watching
}

/** How the child watches; times in ms, `null` stands for what cannot be written in JSON. */
export interface Watching {
  readonly settle: number | null
  readonly poll: number | null
  readonly nodeModules: boolean
  readonly syntaxCheck: boolean
  readonly killTimeout: number | null
  /** Whether the parent wants to know what was loaded: it waits for a change afterwards (`onCrash`, `onExit`). */
  readonly reportLoaded: boolean
  /** Whether it wants that of an end with 0, too. */
  readonly reportEnd: boolean
  /** Whether to tell the parent alone, which launches the next one first and then says `retire`. */
  readonly overlap: boolean
  /** Files that the flags name (`--env-file`): watched although no module loader sees them. */
  readonly envFiles: readonly StampedFile[]
  /** What never counts: globs as in .gitignore, and `/regular expressions/` (option `ignore`). */
  readonly ignored: readonly string[]
  /** What a standby holds already: if one of these changes before its launch, it is replaced. */
  readonly heldFiles: readonly StampedFile[]
}

/** Why a generation ends: files changed, or somebody asked. */
export interface Reason {
  readonly changes: readonly Change[]
  /** Who asked, when it was no change. */
  readonly why?: string
}

/** The value of {@link CHANGES_VARIABLE}. */
export const changesVariable = (changes: readonly Change[]): string =>
  JSON.stringify(fitting(changes).map(({ type, path }) => [type, path]))

/** As many as one variable takes: 128 KB on Linux, or nothing can be started (execve(2)); 32,767 characters on Windows. */
export function fitting(changes: readonly Change[]): readonly Change[] {
  let room = LONGEST
  const end = changes.findIndex(({ path }) => {
    room -= Buffer.byteLength(JSON.stringify(path)) + AROUND_A_PATH
    return room < 0
  })
  return end === -1 ? changes : changes.slice(0, end)
}

const LONGEST = process.platform === 'win32' ? 24_000 : 100_000
/** No shorter than `{"type":"modified","path":},`. */
const AROUND_A_PATH = 30

/** How much is said on stderr; the first is the default. */
export const LEVELS = ['info', 'silent', 'debug'] as const
export type Level = (typeof LEVELS)[number]

/** Where a server listens: a port on all addresses, a port of one address, or the path of a Unix socket. */
export type ListenAddress = number | { readonly port: number; readonly host?: string } | string

export function addressKey(address: ListenAddress): string {
  if (typeof address === 'string') return address
  const { port, host = '' } = typeof address === 'number' ? { port: address } : address
  return `${host}:${port}`
}

/** The signals that ask a program to end, and that the parent passes on. */
export const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
export type ForwardedSignal = (typeof FORWARDED)[number]
export const isForwarded = (name: unknown): name is ForwardedSignal =>
  (FORWARDED as readonly unknown[]).includes(name)

/** Child to parent. */
export type ChildWord =
  /** A standby is ready for `launch`. */
  | { is: 'held' }
  /** What a standby has loaded is outdated. */
  | { is: 'stale'; changes: readonly Change[] }
  /** The launch has begun: next are the user's preloads, and the app's entry. */
  | { is: 'started' }
  /** The app has imported exit75: it is to be asked, and not ended by a signal. */
  | { is: 'cooperates' }
  /** The app has called `shouldRestart()` for the first time: it has booted. */
  | { is: 'polls' }
  /** The app serves now. */
  | { is: 'ready' }
  /** `shouldRestart()` is about to turn true. */
  | ({ is: 'outdated' } & Reason)
  /** A changed file does not parse: the running app stays up. */
  | { is: 'broken'; path: string; line: number | null; message: string }
  /** What was broken is as it was when it was loaded: nothing is left to do. */
  | { is: 'mended'; path: string }
  /** Files that this generation has loaded, or tried to load. */
  | { is: 'loaded'; files: readonly StampedFile[] }
  /** Nothing is watched any more. */
  | { is: 'failed'; message: string }
  /** Events cannot be had: the files are polled instead. */
  | { is: 'polling'; why: string }
  /** The app listens to a signal from now on (`on`), or no longer. */
  | { is: 'listens'; signal: ForwardedSignal; on: boolean }
  /** The app's listeners for a signal are about to run. */
  | { is: 'signalled'; signal: ForwardedSignal }
  /** The main thread is not busy: the answer to `ask`. */
  | { is: 'idle'; about: string }
  /** Something for the user to know. */
  | { is: 'note'; text: string }

/** Parent to child. */
export type ParentWord =
  /** To a standby: it is the next child. */
  | ({ is: 'launch' } & Launch)
  /** Turn `shouldRestart()` true. */
  | ({ is: 'restart' } & Reason)
  /** The next generation has taken over: turn `shouldRestart()` true. */
  | ({ is: 'retire' } & Reason)
  /** Answer `idle` as soon as the main thread has run what was waiting. */
  | { is: 'ask'; about: string }
  /** The app has been sent SIGTERM: the end of the parent is no reason for another one. */
  | { is: 'terminated' }

const CHILD_WORDS = new Set(
  'held stale started cooperates polls ready outdated broken mended loaded failed polling listens signalled idle note'.split(
    ' ',
  ),
)
const PARENT_WORDS = new Set(['launch', 'restart', 'retire', 'ask', 'terminated'])

/** Between the threads of a child. */
export type ThreadWord =
  /** To the watcher: a file was resolved, and is about to be read. */
  | { is: 'loaded'; file: StampedFile }
  /** To the watcher: no file stands where this one was looked for. */
  | { is: 'missing'; path: string }
  /** To the watcher: what the app named itself, and the files below it if it is a directory. */
  | { is: 'watch'; files: readonly StampedFile[]; below: readonly StampedFile[] }
  | { is: 'unwatch'; files: readonly StampedFile[] }
  /** To the watcher: the standby has become the child, and the parent has said `more` with it. */
  | { is: 'launch'; launch: Launch; more: readonly string[] }
  /** To the watcher: the app has imported exit75. */
  | { is: 'cooperates' }
  /** To the watcher: the app has begun to ask. */
  | { is: 'polls' }
  /** To the watcher: the app serves now. */
  | { is: 'ready' }
  /** To the watcher: the app asks for a restart. */
  | { is: 'restart'; why: string }
  /** To the watcher: for the parent's log. */
  | { is: 'note'; text: string }
  /** To the watcher: report what came before this, then say so in shared memory. */
  | { is: 'flush' }
  /** From the watcher: the flag has just been set. */
  | ({ is: 'outdated' } & Reason)
  /** From the watcher to the main thread: the parent's `ask`. */
  | { is: 'ask'; about: string }

/** A file as it was just before it was read. */
export interface StampedFile {
  readonly path: string
  /** Time, size, inode and change time in one word; empty when there was no file. */
  readonly stamp: string
  /** What was in it then; left out where a change in between may count as one. */
  readonly bytes?: Uint8Array
}

/** The reason of `restartSignal`: why the running code should end. */
export class RestartRequested extends Error {
  override readonly name = 'RestartRequested'
  /** What differs on disk; empty if somebody asked, and then the message says who. */
  readonly changes: readonly Change[]

  constructor({ changes, why }: Reason) {
    super(why ?? `the code on disk has changed: ${changes.map((change) => change.path).join(', ')}`)
    this.changes = changes
  }
}

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

/** The watcher thread boots within this time, ms, however slow the machine is. */
export const THREAD_BOOT_TIME = 10_000

/** Name of the broadcast channel between the app's worker threads and the watcher thread. */
export const CHANNEL = 'exit75'

/** What all copies of this package in a process share stands under this key of the global object. */
const REGISTRY = Symbol.for('exit75')
export const share = (value: object): void => void Object.defineProperty(globalThis, REGISTRY, { value })
export const shared = (): unknown => (globalThis as Record<symbol, unknown>)[REGISTRY]

/** The first descriptor of a listening socket that is handed over (sd_listen_fds(3)). */
export const FIRST_SOCKET = 3

export function writeBirth(birth: Birth): string {
  const launch = birth.launch && { ...birth.launch, changes: fitting(birth.launch.changes) }
  return `${birth.parent}:${JSON.stringify({ ...birth, launch })}`
}

/** The certificate in a variable's value; undefined for anything that is not one. */
export function readBirth(value: string | undefined): Birth | undefined {
  const json = /^\d+:(\{.*\})$/s.exec(value ?? '')?.[1]
  const birth = json === undefined ? undefined : parsed(json)
  if (!isRecord(birth) || typeof birth.parent !== 'number' || typeof birth.orders !== 'number')
    return undefined
  return birth as unknown as Birth
}

export const readChildWord = (line: string): ChildWord | undefined => wordIn(line, CHILD_WORDS)
export const readLaunch = (line: string): Launch | undefined => {
  const word = readParentWord(line)
  return word?.is === 'launch' ? word : undefined
}
export const readParentWord = (line: string): ParentWord | undefined => wordIn(line, PARENT_WORDS)

export const line = (word: ChildWord | ParentWord): string => `${JSON.stringify(word)}\n`

/**
 * Says one word to the parent, at once, from any thread of the child: what is said before an exit
 * is heard. The pipe holds some hundred kB for a parent that is stopped (Ctrl-Z).
 */
export function tellParent(pipe: number, word: ChildWord): void {
  const bytes = Buffer.from(line(word))
  try {
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(pipe, bytes, sent)
  } catch {
    // the parent is gone: nobody to tell
  }
}

/** Cuts a stream of text into lines: feed it chunks, get each whole line once. */
export function byLine(hear: (line: string) => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const one of lines) hear(one)
  }
}

function wordIn<Word>(text: string, known: ReadonlySet<string>): Word | undefined {
  const word = parsed(text)
  return isRecord(word) && typeof word.is === 'string' && known.has(word.is) ? (word as Word) : undefined
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined // not JSON: not ours
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
