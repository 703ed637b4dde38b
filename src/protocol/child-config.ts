/** The configuration that a child needs before its first statement, passed in the variable `EXIT75`, or later on its pipe. */
import { FIRST_SOCKET } from './address.ts'
import { type Change, fitting, type StampedFile } from './change.ts'
import { isRecord, parseJson } from './json.ts'

/** Variable with the role: unset (parent), `off`, or a child's configuration, or that it comes later. Removed when read. */
export const ROLE_VARIABLE = 'EXIT75'

/** A module to run before the entry, from one of the user's flags (`--import`, `--require`). */
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

export interface EntryLink {
  readonly path: string
  readonly real: string
}

/** The file of a Unix socket, with what distinguishes it from another one in its place. */
export interface SocketFile {
  readonly path: string
  readonly inode: number
  /** Creation time, in ms: an inode may be reused, above all by a file created in the same place. */
  readonly born: number
}

/** Listening sockets that arrive in a child through a pipe of their own, as on Windows. */
export interface ComingSockets {
  /** Its descriptor. */
  readonly fd: number
  /** Where each one listens, by the key of its address, in the order of arrival. */
  readonly addresses: Readonly<Record<string, object>>
}

export interface ChildConfig {
  /** Pid of the parent: the configuration is valid only in a process that it started. */
  readonly parent: number
  /** Descriptor of the pipe on which the child writes to the parent. */
  readonly toParentFd: number
  /**
   * Descriptor of the pipe on which the parent writes to the child; end of file means that the parent is
   * gone. A separate pipe: a write that fails because the child is gone also destroys a duplex stream
   * for reading, and the child's last messages would be lost.
   */
  readonly fromParentFd: number
  /** Null for a standby: it gets its launch later, and loads none of the app before that. */
  readonly launch: Launch | null
  /** Node's flags, as the user gave them. */
  readonly execArgv: readonly string[]
  readonly nodeOptions: string | null
  readonly preloads: readonly Preload[]
  /** Packages that a standby imports ahead, whatever they do (option `preload`). */
  readonly warm: readonly string[]
  /** Whether to report what a standby needs to load packages. */
  readonly reportsBoot: boolean
  /** Where Node is to keep compiled code. Null: nowhere, or where the user says. */
  readonly compileCache: string | null
  /** Whether the flags include a loader: a standby lets it do its first work ahead. */
  readonly hasLoader: boolean
  /** The entry, as it was found at the parent's start. Null for a program in the flags (`-e`). */
  readonly file: string | null
  /** For a standby whose entry Node resolves before its launch: the entry's path and where it leads. */
  readonly entry: EntryLink | null
  /** Where state is kept for the next generation; created on first use. */
  readonly stateDirectory: string
  /** Descriptors of the listening sockets, by the key of their address. */
  readonly sockets: Readonly<Record<string, number>>
  /** Null where they are descriptors. */
  readonly comingSockets: ComingSockets | null
  /** Removed by the child when the parent is gone. */
  readonly socketFiles: readonly SocketFile[]
  readonly watching: Watching
}

/** How the child watches. Times in ms; `null` stands for values that JSON cannot hold. */
export interface Watching {
  /** When the parent was about to start the program, in ms since 1970: the process may be older. Of a standby its launch counts. */
  readonly startedAt: number
  readonly settle: number | null
  readonly poll: number | false
  readonly nodeModules: boolean
  readonly syntaxCheck: boolean
  readonly killTimeout: number | null
  /** Whether to report loaded files, for a parent that waits for a change (`onCrash`, `onExit`). */
  readonly reportLoaded: boolean
  /** Whether to report them even after an exit with 0. */
  readonly reportEnd: boolean
  /** Whether only the parent is told of changes: it launches the next generation, then sends `retire`. */
  readonly overlap: boolean
  /** What no module loader reports: files named by flags (`--env-file`), and where loaders look for their settings. */
  readonly unreported: readonly StampedFile[]
  /** Whether each message between the threads is logged. */
  readonly trace: boolean
  /** Patterns that never count: globs as in .gitignore, and `/regular expressions/` (option `ignore`). */
  readonly ignored: readonly string[]
  /** Files that a standby has read: if one changes before its launch, it is replaced. */
  readonly heldFiles: readonly StampedFile[]
}

/** The value of {@link ROLE_VARIABLE}. */
export function encodeChildConfig(config: ChildConfig): string {
  const launch = config.launch && { ...config.launch, changes: fitting(config.launch.changes) }
  return `${config.parent}:${JSON.stringify({ ...config, launch })}`
}

/** The value in a child that was started early, and gets its configuration later, on {@link EARLY_FD}. */
export const configComesLater = (parent: number): string => `${parent}:later`

export const isConfigLater = (value: string | undefined): boolean => /^\d+:later$/.test(value ?? '')

/** Digits of the length in bytes that comes first: what the parent writes next is not for the reader of this. */
export const LENGTH_DIGITS = 10
export const withLength = (value: string): string =>
  `${String(Buffer.byteLength(value)).padStart(LENGTH_DIGITS, '0')}${value}`

/** Where such a child reads what the parent writes: it has no sockets. */
export const EARLY_FD: number = FIRST_SOCKET + 1

/** Returns the configuration in a variable's value. Undefined if there is none. */
export function decodeChildConfig(value: string | undefined): ChildConfig | undefined {
  const json = /^\d+:(\{.*\})$/s.exec(value ?? '')?.[1]
  const config = json === undefined ? undefined : parseJson(json)
  if (!isRecord(config) || typeof config.parent !== 'number' || typeof config.fromParentFd !== 'number')
    return undefined
  return config as unknown as ChildConfig
}
