/** Looking again and again, where there are no events. */
import { statfsSync } from 'node:fs'
import type { Snapshot } from '../files/snapshot.ts'
import { stampOf } from '../files/stamp.ts'

/** How often to look where it shows that there are no events, ms. */
export const POLL = 500

/** How long to wait to have the next look, too, ms: not longer than a person would notice. */
export const untilNextPoll = (interval: number | null): number =>
  interval === null ? 0 : Math.min(interval + SLACK, LONGEST_WAIT)
const SLACK = 20
const LONGEST_WAIT = 100

/** Looks at all known files in this interval, ms, and at those that `walkTrees` meets; gives back the way to stop. */
export function poll(
  files: Snapshot,
  interval: number,
  walkTrees: (visit: (path: string) => void) => void,
  touched: (path: string) => void,
): () => void {
  /** The stamps of the last round: what is neither known nor met any more is forgotten. */
  let seen = new Map<string, string>()
  const timer = setInterval(() => {
    const now = new Map<string, string>()
    const look = (path: string) => {
      const stamp = stampOf(path)
      const before = seen.get(path) ?? files.get(path)?.stamp
      now.set(path, stamp)
      if (stamp !== before) touched(path)
    }
    for (const path of files.paths()) look(path)
    walkTrees((path) => files.has(path) || look(path))
    seen = now
  }, interval)
  return () => clearInterval(timer)
}

/**
 * File systems whose changes may be made elsewhere, which the kernel then does not tell: NFS, SMB,
 * CIFS, 9p (WSL, containers on a desktop), FUSE, VirtualBox and Parallels folders (statfs(2)).
 */
const REMOTE = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x786f4256, 0x7c7c6673,
])
export function isRemote(path: string): boolean {
  try {
    return REMOTE.has(statfsSync(path).type)
  } catch {
    return false // gone in the meantime
  }
}
