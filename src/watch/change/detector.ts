/**
 * Decides when the running code is outdated: lets a burst of changes settle, compares content with
 * what was loaded, parses what differs, and only then declares it.
 */

import type { Change } from '../../protocol/change.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import type { ChangedFile, Snapshot } from '../files/snapshot.ts'
import { stampOf } from '../files/stamp.ts'
import { settling } from './hold-back.ts'
import { brokenFiles, isBroken } from './syntax-errors.ts'

/**
 * Quiet time, ms, after one file changed, and after a second one. For one file none is needed: what is
 * saved in the next few milliseconds is on disk before the next generation reads it.
 */
const QUIET_ONE = 0
const QUIET_MANY = 60
/** When one file has changed, so many others are looked at: their events may be on the way. */
const LOOKED_AT = 200
/** For so long after a launch that changes caused, ms, the next change belongs to the same burst. */
const SAME_BURST = 250
/** A file that is written without end is looked at after this time, ms. */
const QUIET_LIMIT = 2000

export interface ChangeDetector {
  /** Something happened to a watched file. */
  readonly touched: (path: string) => void
  /** What was touched, and is not decided yet. */
  readonly pending: () => readonly string[]
  /** Something is no longer watched. */
  readonly forget: (isWatched: (path: string) => boolean) => void
  /** Nothing is declared any more. */
  readonly stop: () => void
}

interface DetectorOptions {
  readonly files: Snapshot
  readonly settle: number | null
  /** Quiet time after one file if `settle` is null, ms. Default 0: it is looked at at once, and with it the others. */
  readonly quiet?: number
  /** By polling a look may fall into the middle of a burst: so much longer, ms, to have the next one, too. Default 0. */
  readonly interval?: number
  /** Files that do not become quiet are looked at after this time, ms. */
  readonly limit?: number
  readonly syntaxCheck: boolean
  /** Whether this generation was launched because of changes. */
  readonly afterChanges: boolean
  /** Whether further changes are declared again, with those before them that were not forgotten. */
  readonly repeats: boolean
  readonly say: (word: ChildMessage) => void
  /** Told when a file was touched, and when all touched files were found as they were. */
  readonly onDirty?: (isInDoubt: boolean) => void
  readonly declare: (changes: readonly Change[]) => void
}

export function createChangeDetector({
  files,
  settle,
  quiet = QUIET_ONE,
  interval = 0,
  limit = QUIET_LIMIT,
  syntaxCheck,
  afterChanges,
  repeats,
  say,
  onDirty,
  declare,
}: DetectorOptions): ChangeDetector {
  const begin = performance.now()
  /** Touched, and not yet seen to be as it was loaded. */
  const touches = new Set<string>()
  /** What was declared last of each file: a second event of the same save is no second change. */
  const told = new Map<string, ChangedFile>()
  const timeToSettle = settling()
  const broken = brokenFiles(say)
  let lastTouch = begin
  let unsettledSince: number | undefined
  let cancel = () => {}
  let declared = false

  return {
    touched(path) {
      if (declared) return
      touches.add(path)
      onDirty?.(true)
      if (touches.size === 1) files.compare(path) // so that this is done when the quiet time is over
      lastTouch = performance.now()
      unsettledSince ??= lastTouch
      lookIn(Math.min(quietTime(), unsettledSince + limit - lastTouch))
    },
    pending: () => [...touches],
    forget(isWatched) {
      for (const path of touches) {
        if (isWatched(path)) continue
        touches.delete(path)
        told.delete(path)
      }
    },
    stop() {
      declared = true
      cancel()
    },
  }

  function quietTime(): number {
    if (settle !== null) return settle
    const sameBurst = afterChanges && lastTouch - begin < SAME_BURST
    if (touches.size > 1 || sameBurst) return QUIET_MANY + interval
    return quiet === 0 ? 0 : quiet + interval
  }

  function lookIn(ms: number): void {
    cancel()
    if (ms > 0) {
      const timer = setTimeout(look, ms)
      cancel = () => clearTimeout(timer)
    } else {
      const immediate = setImmediate(look) // setTimeout() would take 1 ms
      cancel = () => clearImmediate(immediate)
    }
  }

  function look(): void {
    unsettledSince = undefined
    if (settle === null && quiet === 0 && touches.size === 1 && isNotAlone())
      return lookIn(QUIET_MANY + interval)
    const found = differences()
    const unsettledFor = timeToSettle(found)
    if (unsettledFor !== undefined) return lookIn(unsettledFor)
    if (found.length === 0) return onDirty?.(false)
    const unparsed = syntaxCheck ? found.filter(isBroken) : []
    const untoldFor = broken.tell(unparsed, lastTouch)
    if (untoldFor !== undefined) return lookIn(untoldFor)
    if (unparsed.length > 0 || found.every(isTold)) return
    declared = !repeats
    for (const one of found) told.set(one.path, one)
    declare(found.map(({ type, path }) => ({ type, path })))
  }

  /** Whether another file has changed, too, of which nothing has been told so far. */
  function isNotAlone(): boolean {
    const others = [...files.paths()].slice(0, LOOKED_AT).filter((path) => !touches.has(path))
    const changed = others.filter(
      (path) => stampOf(path) !== files.get(path)?.stamp && files.compare(path) !== 'none',
    )
    for (const path of changed) touches.add(path)
    return changed.length > 0
  }

  function differences(): ChangedFile[] {
    const found: ChangedFile[] = []
    for (const path of touches) {
      const difference = files.compare(path)
      if (difference !== 'none') {
        found.push({ path, ...difference })
        continue
      }
      touches.delete(path)
      told.delete(path)
      broken.mended(path)
    }
    return found
  }

  function isTold({ path, type, bytes }: ChangedFile): boolean {
    const last = told.get(path)
    return last?.type === type && last.bytes.equals(bytes)
  }
}
