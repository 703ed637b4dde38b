/** A command and everything it has started: its own session, and every process group in it. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { endTree } from '../../system/end-tree.ts'
import { type ProcessRow, processTable } from '../../system/process-table.ts'

export interface ProcessGroup {
  /** Sends a signal to all processes; does nothing if they are gone. */
  readonly kill: (signal: NodeJS.Signals) => void
  /** Sends a signal that is not meant to end them. */
  readonly pass: (signal: NodeJS.Signals) => void
  /**
   * Call when the leader has ended: resolves when no process is left. If `kill` was not called before,
   * sends this signal, and SIGKILL after `time`, in ms.
   */
  readonly end: (signal: NodeJS.Signals, time: number) => Promise<void>
}

/** Windows has neither process groups nor signals: there everything is ended at once. */
export const HAS_GROUPS: boolean = process.platform !== 'win32'

/** Poll interval while a group is ending, in ms: the first, and the longest. */
const FIRST_LOOK = 2
const LAST_LOOK = 100

export function processGroup(leader: ChildProcess): ProcessGroup {
  const { pid } = leader
  if (pid === undefined) return { kill: () => {}, pass: () => {}, end: async () => {} }
  if (!HAS_GROUPS) return { kill: (signal) => killTree(leader, signal), pass: () => {}, end: async () => {} }
  let sent: NodeJS.Signals | undefined
  const kill = (signal: NodeJS.Signals) => {
    sent = signal
    sendToAll(pid, signal)
  }
  return {
    kill,
    pass: (signal) => sendToAll(pid, signal),
    async end(signal, time) {
      const isAbandoned = sent === undefined && membersOf(pid).length > 0
      if (isAbandoned) kill(signal)
      else if (sent !== undefined) endIgnoring(pid, sent)
      const limit = isAbandoned ? performance.now() + time : Number.POSITIVE_INFINITY
      for (let pause = FIRST_LOOK; membersOf(pid).length > 0; pause = Math.min(2 * pause, LAST_LOOK)) {
        if (performance.now() > limit) sendToAll(pid, 'SIGKILL')
        await sleep(pause)
      }
    },
  }
}

/** For Windows. */
export function killTree(leader: ChildProcess, signal: NodeJS.Signals): void {
  const { pid, exitCode, signalCode } = leader
  const isRunning = pid !== undefined && exitCode === null && signalCode === null
  if (isRunning && !endTree(pid)) leader.kill(signal in constants.signals ? signal : 'SIGTERM')
}

/** Sends SIGTERM to those that ignore the signal, like a shell's background jobs Ctrl-C (POSIX, 2.11). */
function endIgnoring(session: number, signal: NodeJS.Signals): void {
  const bit = 1n << BigInt(constants.signals[signal] - 1)
  for (const { pid } of membersOf(session)) {
    const [, mask = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(statusOf(pid)) ?? []
    if ((BigInt(`0x${mask}`) & bit) !== 0n) send(pid, 'SIGTERM')
  }
}

/**
 * Signals each process group of the session: a shell with job control (`set -m`) creates one per job.
 * Where the system does not tell sessions, only the leader's group.
 */
function sendToAll(session: number, signal: NodeJS.Signals): void {
  for (const group of new Set([session, ...membersOf(session).map(({ group }) => group)]))
    send(-group, signal)
}

/** Returns the running processes of a session, without zombies. */
const membersOf = (session: number): ProcessRow[] =>
  processTable().filter((row) => (row.session === session || row.group === session) && !row.isZombie)

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return '' // gone in the meantime, or there is no /proc
  }
}

/** Signals a process, or with a negative number a group. */
function send(to: number, signal: NodeJS.Signals): void {
  try {
    process.kill(to, signal)
  } catch {
    // gone
  }
}
