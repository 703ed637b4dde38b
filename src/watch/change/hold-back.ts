/** What speaks against looking already: a file that may come back, and git that is still writing. */

import type { ChangedFile } from '../files/snapshot.ts'
import { gitIsWriting } from './git-lock.ts'

/** A deleted or emptied file has this time to come back, ms: editors and git put it back. */
const RETURN_TIME = 1000
/** How often, and for how long, an index.lock of git is waited for, ms: one may be left over from a crash. */
const GIT_POLL = 20
const GIT_LIMIT = 5000

/** Tells after what time, ms, these are to be looked at again; undefined: they are as they will stay. */
export function settling(): (found: readonly ChangedFile[]) => number | undefined {
  /** Since when a file has been missing or empty. */
  const goneSince = new Map<string, number>()
  let gitSince: number | undefined

  return (found) => timeToReturn(found) ?? timeForGit(found)

  function timeToReturn(found: readonly ChangedFile[]): number | undefined {
    const gone = new Set(found.filter(({ bytes }) => bytes.length === 0).map(({ path }) => path))
    for (const path of goneSince.keys()) if (!gone.has(path)) goneSince.delete(path)
    const now = performance.now()
    let wait = 0
    for (const path of gone) {
      if (!goneSince.has(path)) goneSince.set(path, now)
      wait = Math.max(wait, (goneSince.get(path) ?? now) + RETURN_TIME - now)
    }
    return wait > 0 ? wait : undefined
  }

  /** git holds a lock while it writes: a checkout of any length is one change. */
  function timeForGit(found: readonly ChangedFile[]): number | undefined {
    const now = performance.now()
    if (!found.some(({ path }) => gitIsWriting(path))) {
      gitSince = undefined
      return undefined
    }
    gitSince ??= now
    return now - gitSince < GIT_LIMIT ? GIT_POLL : undefined
  }
}
