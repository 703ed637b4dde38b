/** How processes end, and the codes that mean something here. */

/** The exit code that asks for a restart: 75, `EX_TEMPFAIL` of sysexits.h, "try again". */
export const EX_TEMPFAIL = 75

/** A shell's exit code if a command cannot be executed, or does not exist (POSIX, 2.8.2). */
export const NOT_EXECUTABLE = 126
export const NOT_FOUND = 127

/**
 * A shell's exit code for a process killed by a signal, to which its number is added. In place of the 0
 * that Node reports where it has no name for the signal, such as a real-time one (signal(7)).
 */
export const KILLED = 128

/** How a process ended: by a code, or by a signal. */
export type Exit =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: NodeJS.Signals }

/** Converts the arguments of the event `exit` of node:child_process. */
export const exitOf = (code: number | null, signal: NodeJS.Signals | null): Exit =>
  signal === null ? { code: code ?? 0, signal } : { code: null, signal }

/** How the last child ended, and the number of restarts before. */
export type Ending = Exit & { readonly restarts: number }
