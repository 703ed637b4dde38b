/** A command and whatever it has started: one process group, as long as nobody leaves it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { statFields } from '../../system/proc-stat.ts'

export interface ProcessGroup {
  /** Sends a signal to all of it; nothing happens if it is gone. */
  readonly kill: (signal: NodeJS.Signals) => void
  /** Sends one that is not meant to end it. */
  readonly pass: (signal: NodeJS.Signals) => void
  /**
   * When its leader has ended: resolves when nothing of it is left. What was not sent a signal
   * before is sent this one, and SIGKILL after the time, ms.
   */
  readonly end: (signal: NodeJS.Signals, time: number) => Promise<void>
}

/** Windows has none: there a signal reaches the command alone. */
export const HAS_GROUPS: boolean = process.platform !== 'win32'

/** How often a group that is ending is looked at, ms: at first, and at last. */
const FIRST_LOOK = 2
const LAST_LOOK = 100

export function processGroup(leader: ChildProcess): ProcessGroup {
  const { pid } = leader
  if (pid === undefined || !HAS_GROUPS)
    return { kill: (signal) => void leader.kill(signal), pass: () => {}, end: async () => {} }
  let sent: NodeJS.Signals | undefined
  const kill = (signal: NodeJS.Signals) => {
    sent = signal
    send(pid, signal)
  }
  return {
    kill,
    pass: (signal) => void send(pid, signal),
    async end(signal, time) {
      const isAbandoned = sent === undefined && isAlive(pid)
      if (isAbandoned) kill(signal)
      else if (sent !== undefined) endTheDeaf(pid, sent)
      const limit = isAbandoned ? performance.now() + time : Number.POSITIVE_INFINITY
      for (let pause = FIRST_LOOK; isAlive(pid); pause = Math.min(2 * pause, LAST_LOOK)) {
        if (performance.now() > limit) send(pid, 'SIGKILL')
        await sleep(pause)
      }
    },
  }
}

/**
 * Ends the group when this process is gone, however it went: a shell waits for the end of its
 * standard input. Returns a function that dismisses it, and resolves when it is gone.
 */
export function watchdog({ pid }: ChildProcess, killTimeout: number): () => Promise<void> {
  if (pid === undefined || !HAS_GROUPS) return async () => {}
  const seconds = Number.isFinite(killTimeout) ? String(Math.ceil(killTimeout / 1000)) : ''
  const watchman = spawn('/bin/sh', ['-c', WATCHMAN, 'exit75-guard', String(pid), seconds], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // a Ctrl-C is not for it
  })
  const gone = new Promise<void>((resolve) => {
    watchman.on('error', () => resolve()) // no shell: it is done without
    watchman.on('close', () => resolve())
  })
  watchman.stdin.on('error', () => {})
  watchman.unref()
  return () => {
    watchman.ref()
    watchman.stdin.end('done\n')
    return gone
  }
}

const WATCHMAN = `
  read -r word && exit
  kill -TERM -$1
  while [ -n "$2" ] && [ $2 -gt 0 ] && kill -0 -$1; do sleep 1; set -- $1 $(($2 - 1)); done
  [ -n "$2" ] && kill -KILL -$1`

/** A shell lets what it runs in the background ignore Ctrl-C (POSIX, 2.11): it is sent SIGTERM. */
function endTheDeaf(group: number, signal: NodeJS.Signals): void {
  const bit = 1n << BigInt(constants.signals[signal] - 1)
  for (const { pid } of membersOf(group)) {
    const [, mask = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(textOf(`/proc/${pid}/status`)) ?? []
    if ((BigInt(`0x${mask}`) & bit) !== 0n) send(-pid, 'SIGTERM')
  }
}

/** Whether any of the group runs; one that has ended and that nobody has waited for does not count. */
function isAlive(group: number): boolean {
  if (!send(group, 0)) return false
  const members = membersOf(group)
  return members.length === 0 || members.some(({ state }) => state !== 'Z')
}

/** Empty where there is no /proc. */
function membersOf(group: number): { pid: number; state: string }[] {
  return namesIn('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    const [state = '', , of] = statFields(name)
    return Number(of) === group ? [{ pid: Number(name), state }] : []
  })
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // gone in the meantime
  }
}

/** To a group, or to the process of a negative number. */
function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    return false
  }
}
