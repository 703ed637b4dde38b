/** What a child must know before its first statement. It travels in the variable `EXIT75`. */
import { type Change, fitting, type StampedFile } from './change.ts'
import { isRecord, parseJson } from './json.ts'

/** Tells a process what it is: unset (parent), `off`, or a child's configuration. Removed when read. */
export const ROLE_VARIABLE = 'EXIT75'

/** A module that one of the user's flags names (`--import`, `--require`), to be run before the entry. */
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

/** The file of a Unix socket, and what tells it from another one in its place. */
export interface SocketFile {
  readonly path: string
  readonly inode: number
  /** An inode may be used again: that of a file that was made in the same place, above all. */
  readonly born: number
}

export interface ChildConfig {
  /** Pid of the parent: the configuration counts only in a process that this parent started. */
  readonly parent: number
  /** Descriptor of the pipe on which the child writes to the parent. */
  readonly toParentFd: number
  /**
   * Descriptor of the pipe on which the parent writes to the child; its end of file means that the
   * parent is gone. A pipe of its own: a write that finds the child gone ends a stream for reading
   * too, and the child's last messages would be lost with it.
   */
  readonly fromParentFd: number
  /** Null for a standby: it is told later, and loads nothing of the app before that. */
  readonly launch: Launch | null
  /** Node's flags as the user gave them. */
  readonly execArgv: readonly string[]
  readonly nodeOptions: string | null
  readonly preloads: readonly Preload[]
  /** Packages that a standby may import ahead (option `preload`). */
  readonly warm: readonly string[]
  /** Whether there is a loader among the flags; a standby lets it do its first work ahead. */
  readonly hasLoader: boolean
  /** For a standby whose entry Node has found before its launch: where the entry's path leads. */
  readonly entry: EntryLink | null
  /** Where state is kept for the next generation; created when there is some. */
  readonly stateDirectory: string
  /** Descriptors of the listening sockets, by the key of their address. */
  readonly sockets: Readonly<Record<string, number>>
  /** Removed by the child when the parent is gone. */
  readonly socketFiles: readonly SocketFile[]
  readonly watching: Watching
}

/** How the child watches. Times in ms; `null` stands for what JSON cannot hold. */
export interface Watching {
  readonly settle: number | null
  readonly poll: number | null
  readonly nodeModules: boolean
  readonly syntaxCheck: boolean
  readonly killTimeout: number | null
  /** Whether the parent wants to know what was loaded: it waits for a change afterwards (`onCrash`, `onExit`). */
  readonly reportLoaded: boolean
  /** Whether it wants that after an end with 0, too. */
  readonly reportEnd: boolean
  /** Whether to tell the parent alone, which launches the next one first and then sends `retire`. */
  readonly overlap: boolean
  /** Files that the flags name (`--env-file`): watched although no module loader sees them. */
  readonly envFiles: readonly StampedFile[]
  /** Whether each message between the threads is reported to the log. */
  readonly trace: boolean
  /** What never counts: globs as in .gitignore, and `/regular expressions/` (option `ignore`). */
  readonly ignored: readonly string[]
  /** What a standby has read already: if one of these changes before its launch, it is replaced. */
  readonly heldFiles: readonly StampedFile[]
}

/** The value of {@link ROLE_VARIABLE}. */
export function encodeChildConfig(config: ChildConfig): string {
  const launch = config.launch && { ...config.launch, changes: fitting(config.launch.changes) }
  return `${config.parent}:${JSON.stringify({ ...config, launch })}`
}

/** The configuration in a variable's value; undefined for anything else. */
export function decodeChildConfig(value: string | undefined): ChildConfig | undefined {
  const json = /^\d+:(\{.*\})$/s.exec(value ?? '')?.[1]
  const config = json === undefined ? undefined : parseJson(json)
  if (!isRecord(config) || typeof config.parent !== 'number' || typeof config.fromParentFd !== 'number')
    return undefined
  return config as unknown as ChildConfig
}
