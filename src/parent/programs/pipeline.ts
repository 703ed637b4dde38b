/**
 * `server | formatter`: the last output of the server is lost if the formatter ends first. So the processes
 * that write get the signal first; their reader finds the end of its input, and ends by itself.
 */
import { readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonic } from '../../system/monotonic.ts'
import type { ProcessRow } from '../../system/process-table.ts'
import { membersOf, send } from './session.ts'

/** Time to read the rest once nobody writes any more, in ms: a process that ignores its input gets the signal then. */
const TO_READ = 500
/** Poll interval, in ms: the first, and the longest, since a signal need not end a program. */
const FIRST_LOOK = 10
const LAST_LOOK = 1000

/** Returns the pids of processes whose input is the output of another one. Empty without /proc. */
export function readersAmong(processes: readonly ProcessRow[]): Set<number> {
  const outputs = processes.map(({ pid }) => ({ pid, pipes: [pipeAt(pid, 1), pipeAt(pid, 2)] }))
  const readers = processes.filter(({ pid }) => {
    const input = pipeAt(pid, 0)
    return input !== undefined && outputs.some((other) => other.pid !== pid && other.pipes.includes(input))
  })
  // In a ring there is no first one.
  return new Set(readers.length === processes.length ? [] : readers.map(({ pid }) => pid))
}

/**
 * Signals all but the readers, and these after they have had time to read the rest. Resolves when all have got the signal.
 * `isLatest`: false once another signal has been sent.
 */
export async function endInTurn(
  session: number,
  signal: NodeJS.Signals,
  readers: ReadonlySet<number>,
  isLatest: () => boolean,
): Promise<void> {
  const told = new Set(readers)
  const tell = ({ pid }: ProcessRow) => {
    if (!told.has(pid)) send(pid, signal)
    told.add(pid)
  }
  membersOf(session).forEach(tell)
  /** When each gets the signal. */
  const due = new Map([...readers].map((pid) => [pid, Number.POSITIVE_INFINITY]))
  for (let pause = FIRST_LOOK; due.size > 0; pause = Math.min(2 * pause, LAST_LOOK)) {
    await sleep(pause)
    if (!isLatest()) return
    const members = membersOf(session)
    // A process that was just being started has lost its parent by now; one started for a clean-up has not.
    orphansAmong(members).forEach(tell)
    const held = readersAmong(members)
    for (const [pid, at] of due) {
      const isDue = at < monotonic()
      if (isDue) send(pid, signal)
      if (isDue || members.every((other) => other.pid !== pid)) due.delete(pid)
      else if (at === Number.POSITIVE_INFINITY && !held.has(pid)) due.set(pid, monotonic() + TO_READ)
    }
    if ([...due.values()].some(Number.isFinite)) pause = FIRST_LOOK
  }
}

function orphansAmong(processes: readonly ProcessRow[]): ProcessRow[] {
  const pids = new Set(processes.map(({ pid }) => pid))
  return processes.filter(({ parent }) => !pids.has(parent))
}

function pipeAt(pid: number, fd: number): string | undefined {
  try {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`)
    return target.startsWith('pipe:') ? target : undefined
  } catch {
    return undefined // gone, closed, or not ours to look at
  }
}
