/** Differences between the code that runs and the code on disk, and the reasons to restart. */

/** One difference between the code that runs and the code on disk; `path` is absolute. */
export interface Change {
  readonly type: 'added' | 'modified' | 'deleted'
  readonly path: string
}

/** A file as it was just before it was read. */
export interface StampedFile {
  readonly path: string
  /** Time, size, inode and change time in one string; empty when there was no file. */
  readonly stamp: string
  /** Its content then; left out where a change in between may count as one. */
  readonly bytes?: Uint8Array
}

/** Why a generation ends: files changed, or somebody asked for it. */
export type Reason =
  | { readonly is: 'changed'; readonly changes: readonly Change[] }
  | {
      readonly is: 'requested'
      /** `user`: SIGUSR2 or `rs`; `app`: `requestRestart()`; `exit`: it exited with 75 by itself. */
      readonly by: 'user' | 'app' | 'exit'
      /** For the log. */
      readonly text: string
    }

/** What changed; nothing if somebody asked. */
export const changesOf = (reason: Reason): readonly Change[] =>
  reason.is === 'changed' ? reason.changes : []

/** The reason of `restartSignal`: why the running code should end. */
export class RestartRequested extends Error {
  /** Another copy of this package in the same process may have made it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value
  }

  override readonly name = 'RestartRequested'
  /** What differs on disk; empty if somebody asked, and then the message says who. */
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

/** What caused this launch, for programs in any language: a JSON list of `[type, path]`. */
export const CHANGES_VARIABLE = 'EXIT75_CHANGES'
/** The same for commands that were written for watchfiles. */
export const WATCHFILES_VARIABLE = 'WATCHFILES_CHANGES'

/** The value of {@link CHANGES_VARIABLE}. */
export const changesVariable = (changes: readonly Change[]): string =>
  JSON.stringify(fitting(changes).map(({ type, path }) => [type, path]))

/** As many as one variable holds: 128 KB on Linux, or nothing can be started (execve(2)); 32,767 characters on Windows. */
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
