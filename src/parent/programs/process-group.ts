/** A command and everything it has started: its own session, and every process group in it. */
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { endTree } from '../../system/end-tree.ts'
import { monotonic } from '../../system/monotonic.ts'
import { endInTurn, readersAmong } from './pipeline.ts'
import { endIgnoring, membersOf, sendToAll } from './session.ts'

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
  return processGroupOf(pid)
}

/** `pid`: of the leader. */
export function processGroupOf(pid: number): ProcessGroup {
  let sent: NodeJS.Signals | undefined
  let readers: ReadonlySet<number> = new Set()
  /** Settled once the readers have got the signal, too. */
  let turn = Promise.resolve()
  const kill = (signal: NodeJS.Signals) => {
    sent = signal
    const held = signal === 'SIGKILL' ? new Set<number>() : readersAmong(membersOf(pid))
    readers = held
    if (held.size === 0) sendToAll(pid, signal)
    else turn = endInTurn(pid, signal, held, () => readers === held)
  }
  return {
    kill,
    pass: (signal) => sendToAll(pid, signal),
    async end(signal, time) {
      const isAbandoned = sent === undefined && membersOf(pid).length > 0
      if (isAbandoned) kill(signal)
      if (sent !== undefined) {
        const [given, held] = [sent, readers]
        endIgnoring(pid, given, (one) => !held.has(one))
        void turn.then(() => endIgnoring(pid, given, (one) => held.has(one)))
      }
      const limit = isAbandoned ? monotonic() + time : Number.POSITIVE_INFINITY
      for (let pause = FIRST_LOOK; membersOf(pid).length > 0; pause = Math.min(2 * pause, LAST_LOOK)) {
        if (monotonic() > limit) sendToAll(pid, 'SIGKILL')
        await sleep(pause)
      }
    },
  }
}

/** Ends a process of Windows with its descendants; if that fails, itself alone. */
export function killTree(leader: ChildProcess, signal: NodeJS.Signals): void {
  const { pid, exitCode, signalCode } = leader
  const isRunning = pid !== undefined && exitCode === null && signalCode === null
  if (isRunning && !endTree(pid)) leader.kill(signal in constants.signals ? signal : 'SIGTERM')
}
