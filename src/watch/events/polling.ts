/** Polling where there are no events: by whose wish, at which interval, and on which file systems. */
import { statfsSync } from 'node:fs'
import { fsPath } from '../files/fs-path.ts'

/** Whether a watcher goes by the system's events or polls; it may come to polling later, and never back. */
export interface Source {
  readonly state: () => 'events' | 'polling' | 'closed'
  /** Polls from now on, for the reason that `why` gives, unless it does already. */
  readonly fallBack: (why: string) => void
  readonly close: () => void
}

/** `interval`: as the user wishes, false for events. */
export function createSource(
  interval: number | false,
  look: () => void,
  onFallBack: (why: string) => void,
): Source {
  let state: 'events' | 'polling' | 'closed' = 'events'
  let timer: NodeJS.Timeout | undefined
  if (interval !== false) poll(interval)
  return {
    state: () => state,
    fallBack(why) {
      if (state !== 'events') return
      poll(POLL)
      onFallBack(why)
    },
    close() {
      state = 'closed'
      clearInterval(timer)
    },
  }

  function poll(every: number): void {
    state = 'polling'
    timer = setInterval(look, every)
  }
}

/** Poll interval where there turn out to be no events, in ms. */
export const POLL = 500

/** Returns how long to wait for the next poll, in ms: at most as long as a person does not notice. */
export const untilNextPoll = (interval: number | false): number =>
  interval === false ? 0 : Math.min(interval + SLACK, LONGEST_WAIT)
const SLACK = 20
const LONGEST_WAIT = 100

/**
 * File systems that other machines can change, which the kernel then does not report: NFS, SMB, CIFS,
 * 9p (WSL, containers on a desktop), FUSE, VirtualBox and Parallels folders (statfs(2)).
 */
const REMOTE = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x786f4256, 0x7c7c6673,
])
export function isRemote(path: string): boolean {
  try {
    return REMOTE.has(statfsSync(fsPath(path)).type)
  } catch {
    return false // gone in the meantime
  }
}
