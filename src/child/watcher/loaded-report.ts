/** Reports which files to watch for a fix (`onCrash: 'wait'`), and what changed during a failed boot. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change, StampedFile } from '../../protocol/change.ts'
import { sendToParent } from '../../protocol/messages.ts'
import { stampIn } from '../../watch/files/file-state.ts'
import type { Snapshot } from '../../watch/files/interface.ts'
import { stampOf, statOf } from '../../watch/files/stamp.ts'

/** How long saving a file that was found empty may take, in ms. */
const SAVE_TIME = 500
/** Few enough that a pipe takes the line atomically: no other thread's message gets into it. */
const FILES_PER_LINE = 20

export interface Report {
  /** A file was loaded, or not found (with an empty stamp). */
  readonly loaded: (file: StampedFile) => void
  /** Reports all files not reported yet. */
  readonly now: () => void
  /** Resolves with the differences from what was loaded, settled or not. */
  readonly differences: () => Promise<Change[]>
}

export function reportTo(toParentFd: number, files: Snapshot, isWanted: boolean): Report {
  const unreported = new Map<string, StampedFile>()
  let reporting: NodeJS.Immediate | undefined

  function now(): void {
    clearImmediate(reporting)
    reporting = undefined
    const entries = [...unreported.values()]
    unreported.clear()
    for (let at = 0; at < entries.length; at += FILES_PER_LINE)
      sendToParent(toParentFd, { is: 'loaded', files: entries.slice(at, at + FILES_PER_LINE) })
  }

  return {
    loaded(file) {
      if (!isWanted) return
      unreported.set(file.path, file)
      reporting ??= setImmediate(now)
    },
    now,
    async differences() {
      // A file that has just been emptied is being saved: its content is a moment away.
      const isBeingSaved = () => [...files.paths()].some(wasJustEmptied)
      for (let waited = 0; isBeingSaved() && waited < SAVE_TIME; waited += 5) await sleep(5)
      return [...files.paths()].flatMap((path): Change[] => {
        const difference = isUnchanged(path) ? 'none' : files.compare(path)
        return typeof difference === 'string' ? [] : [{ type: difference.type, path }]
      })
    },
  }

  function isUnchanged(path: string): boolean {
    const state = files.get(path)?.state
    return state !== undefined && stampIn(state) === stampOf(path) && !(state.is === 'known' && state.isYoung)
  }
}

function wasJustEmptied(path: string): boolean {
  const stat = statOf(path)
  return stat?.size === 0 && Date.now() - stat.ctimeMs < 2 * SAVE_TIME
}
