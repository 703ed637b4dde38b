/**
 * Decides when files have changed: lets a burst of changes settle, compares content with what is
 * known, parses what differs, and only then reports it.
 */
import type { Change } from '../../protocol/change.ts'
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import type { ChangedFile, Snapshot } from '../files/interface.ts'
import { createHoldBack, type HoldBack } from './hold-back.ts'
import type { QuietPolicy } from './quiet.ts'
import type { SyntaxCheck } from './syntax-errors.ts'

/** When one file has changed, this many others are checked as well. */
const LOOKED_AT = 200
/** Time slice for comparing files before yielding to the event loop, in ms. */
const SLICE = 20
/** Delay before a file that cannot be read now is tried again, in ms. */
const RETRY = 200

export interface ChangeDetector {
  /** A watched file may have changed. */
  readonly touched: (path: string) => void
  /** Returns the touched paths that are not decided yet. */
  readonly pending: () => readonly string[]
  /** Drops touched paths that are no longer watched. */
  readonly forget: (isWatched: (path: string) => boolean) => void
  /** Stops for good: nothing more is reported. */
  readonly stop: () => void
}

export interface DetectorOptions {
  readonly files: Pick<Snapshot, 'compare' | 'mayHaveChanged' | 'paths'>
  readonly quiet: QuietPolicy
  readonly onChange: (changes: readonly Change[]) => void
  /** Called with true when a file is touched, with false when all touched files turn out unchanged. */
  readonly onDirty?: (isDirty: boolean) => void
  /** Without it nothing is parsed. */
  readonly syntax?: SyntaxCheck
  /** Whether later changes are reported too, with earlier ones not yet forgotten. Default: only the first. */
  readonly repeats?: boolean
  /** Called before a decision: touches every file that has a pending event. */
  readonly lookAtPending?: () => void
  readonly holdBack?: HoldBack
  readonly clock?: Clock
}

export function createChangeDetector({
  files,
  quiet,
  onChange,
  onDirty,
  syntax,
  repeats = false,
  lookAtPending = () => {},
  clock = SYSTEM_CLOCK,
  holdBack = createHoldBack(clock),
}: DetectorOptions): ChangeDetector {
  const start = clock.now()
  /** Touched, and not yet found unchanged. */
  const touches = new Set<string>()
  /** The last report for each file: a second event of the same save is not a second change. */
  const reported = new Map<string, ChangedFile>()
  let lastTouch = start
  let unsettledSince: number | undefined
  let cancel = () => {}
  let isOver = false

  return {
    touched(path) {
      if (isOver) return
      touches.add(path)
      onDirty?.(true)
      lastTouch = clock.now()
      unsettledSince ??= lastTouch
      const quietTime = quiet.after(touches.size, lastTouch - start)
      lookIn(Math.min(quietTime, unsettledSince + quiet.limit - lastTouch))
      // Read now, so that the comparison is ready when the quiet time is over.
      if (touches.size === 1 && quietTime > 0) files.compare(path)
    },
    pending: () => [...touches],
    forget(isWatched) {
      for (const path of touches) if (!isWatched(path)) drop(path)
    },
    stop() {
      isOver = true
      cancel()
    },
  }

  function lookIn(ms: number): void {
    cancel()
    cancel = clock.after(ms, look)
  }

  function look(): void {
    const known = touches.size
    lookAtPending()
    if (touches.size > known) return // touched just now: their own quiet time has begun
    unsettledSince = undefined
    if (quiet.ifNotAlone !== undefined && touches.size === 1 && isNotAlone()) return lookIn(quiet.ifNotAlone)
    compareAll([...touches], [], false)
  }

  /** Compares in slices, since thousands of files may have been touched. */
  function compareAll(paths: readonly string[], found: ChangedFile[], hasLater: boolean): void {
    const end = clock.now() + SLICE
    for (const [at, path] of paths.entries()) {
      if (!touches.has(path)) continue // forgotten meanwhile
      const difference = files.compare(path)
      if (difference === 'none') {
        drop(path)
        syntax?.fixed(path)
      } else if (difference === 'later') hasLater = true
      else found.push({ path, ...difference })
      if (clock.now() < end || at === paths.length - 1) continue
      const rest = paths.slice(at + 1)
      const isLater = hasLater
      cancel = clock.after(0, () => compareAll(rest, found, isLater))
      return
    }
    decide(found, hasLater)
  }

  function decide(found: readonly ChangedFile[], hasLater: boolean): void {
    const waitFor = holdBack(found)
    if (waitFor !== undefined) return lookIn(waitFor)
    if (found.length === 0) {
      if (hasLater) return lookIn(RETRY)
      return onDirty?.(false)
    }
    const broken = syntax === undefined ? [] : found.filter(syntax.isBroken)
    const tooEarlyFor = syntax?.report(broken, lastTouch)
    if (tooEarlyFor !== undefined) return lookIn(tooEarlyFor)
    if (hasLater) lookIn(RETRY)
    if (broken.length > 0 || found.every(isReported)) return
    isOver = !repeats
    if (isOver) cancel()
    for (const file of found) reported.set(file.path, file)
    onChange(found.map(({ type, path }) => ({ type, path })))
  }

  /** Whether another file has changed too, whose event has not arrived yet. */
  function isNotAlone(): boolean {
    const others = [...files.paths()].slice(0, LOOKED_AT).filter((path) => !touches.has(path))
    const changed = others.filter((path) => files.mayHaveChanged(path) && files.compare(path) !== 'none')
    for (const path of changed) touches.add(path)
    return changed.length > 0
  }

  function drop(path: string): void {
    touches.delete(path)
    reported.delete(path)
  }

  function isReported({ path, type, bytes }: ChangedFile): boolean {
    const last = reported.get(path)
    return last?.type === type && last.bytes.equals(bytes)
  }
}
