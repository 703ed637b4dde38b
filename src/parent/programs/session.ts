/** The processes of a session, which a command leads. */
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { type ProcessRow, processTable } from '../../system/process-table.ts'

/** Returns the running processes of a session, without zombies. */
export const membersOf = (session: number): ProcessRow[] =>
  processTable().filter((row) => (row.session === session || row.group === session) && !row.isZombie)

/**
 * Signals each process group of the session: a shell with job control (`set -m`) creates one per job.
 * Where the system does not show sessions, only the leader's group.
 */
export function sendToAll(session: number, signal: NodeJS.Signals): void {
  for (const group of new Set([session, ...membersOf(session).map(({ group }) => group)]))
    send(-group, signal)
}

/** Sends SIGTERM to those that ignore the signal, like a shell's background jobs Ctrl-C (POSIX, 2.11). */
export function endIgnoring(session: number, signal: NodeJS.Signals, which: (pid: number) => boolean): void {
  const bit = 1n << BigInt(constants.signals[signal] - 1)
  for (const { pid } of membersOf(session)) {
    const [, mask = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(statusOf(pid)) ?? []
    if ((BigInt(`0x${mask}`) & bit) !== 0n && which(pid)) send(pid, 'SIGTERM')
  }
}

/** Signals a process, or with a negative number a group. */
export function send(to: number, signal: NodeJS.Signals): void {
  try {
    process.kill(to, signal)
  } catch {
    // gone
  }
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return '' // gone in the meantime, or there is no /proc
  }
}
