/** Differences between the code that runs and the code on disk, and the reasons to restart. */

/** One difference between the code that runs and the code on disk; `path` is absolute. */
export interface Change {
  readonly type: 'added' | 'modified' | 'deleted'
  readonly path: string
}

/** A file as it was just before it was read. */
export interface StampedFile {
  readonly path: string
  /** The mtime, ctime, size and inode in one string. Empty if there was no file. */
  readonly stamp: string
  /** Its content then; left out where a change in between may count as a change. */
  readonly bytes?: Uint8Array
}

/** Why a generation is to restart: files have changed, or a restart was requested. */
export type Reason =
  | { readonly is: 'changed'; readonly changes: readonly Change[] }
  | {
      readonly is: 'requested'
      /** `user`: SIGUSR2, `rs`, or `requestRestart()` in the parent; `app`: that in the child; `exit`: it exited with 75 by itself. */
      readonly by: 'user' | 'app' | 'exit'
      /** For the log. */
      readonly text: string
    }

/** Returns the changes. Empty if the restart was requested. */
export const changesOf = (reason: Reason): readonly Change[] =>
  reason.is === 'changed' ? reason.changes : []

/** The reason of `restartSignal`: why the running code should end. */
export class RestartRequested extends Error {
  /** Also true for one created by another copy of this package in the process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value
  }

  override readonly name = 'RestartRequested'
  /** The changes on disk. Empty if the restart was requested: then the message says by whom. */
  readonly changes: readonly Change[]

  constructor(reason: Reason) {
    super(
      reason.is === 'requested'
        ? reason.text
        : `the code on disk has changed: ${reason.changes.map((change) => change.path).join(', ')}`,
    )
    this.changes = changesOf(reason)
    Object.defineProperty(this, BRAND, { value: true })
  }
}

const BRAND = Symbol.for('exit75.RestartRequested')

/** Variable with the changes that caused this launch, for any language: a JSON list of `[type, path]`. */
export const CHANGES_VARIABLE = 'EXIT75_CHANGES'
/** The same for commands written for watchfiles. */
export const WATCHFILES_VARIABLE = 'WATCHFILES_CHANGES'

/** The value of {@link CHANGES_VARIABLE}. */
export const changesVariable = (changes: readonly Change[]): string =>
  JSON.stringify(fitting(changes).map(({ type, path }) => [type, path]))

/** Returns as many changes as fit into one variable: 128 KB on Linux (execve(2)), 32,767 characters on Windows. */
export function fitting(changes: readonly Change[]): readonly Change[] {
  let room = LONGEST
  const end = changes.findIndex(({ path }) => {
    room -= Buffer.byteLength(JSON.stringify(path)) + AROUND_A_PATH
    return room < 0
  })
  return end === -1 ? changes : changes.slice(0, end)
}

const LONGEST = process.platform === 'win32' ? 24_000 : 100_000
/** At least the length of `{"type":"modified","path":},`. */
const AROUND_A_PATH = 30
