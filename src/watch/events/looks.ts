/**
 * Schedules checks. One check covers all events of a directory in one turn of the event loop. After so
 * many events that some may have been lost, and after the process was suspended, everything is checked
 * once, as soon as it is quiet.
 */
import { monotonic } from '../../system/monotonic.ts'
import { SYSTEM_CLOCK } from '../clock.ts'

export interface Looks {
  readonly happened: (directory: string) => void
  /** Checks directories with pending events immediately, even those that were just checked. */
  readonly lookAtPending: () => void
  /** Call it when events may have been lost. */
  readonly distrust: () => void
  /** Checks everything after this time, in ms. A further call postpones that, but not forever. */
  readonly everythingIn: (ms: number) => void
  /** Checks everything, unless that is already under way. */
  readonly lookAtEverything: () => void
  readonly stop: () => void
}

interface Options {
  readonly lookIn: (directory: string) => void
  /** Yields after each small step. */
  readonly everything: () => Iterable<unknown>
}

/** Events after which some may be lost: the kernel queues 16,384 by default, and silently drops the rest. */
const MANY = 1000
/** It is quiet when nothing has happened for this time, in ms. */
const CALM = 100
/** Pause between checks: as long as the last one took, REST times that if it took longer than LONG, in ms. */
const LONG = 5
const REST = 9
/** The longest pause, in ms: a check in which the process was stopped, or the machine slept, has taken hours. */
const LONGEST_REST = 1000
/** Time slice for checking everything, in ms. */
const SLICE = 10
/** How often in a row a check of everything is postponed by its full delay, at most. */
const MOST_DELAYS = 3
/** Interval of the heartbeat, and how late one must be to mean that the process was suspended, in ms. */
const BEAT = 1000
const LATE = 2000

export function createLooks({ lookIn, everything }: Options): Looks {
  const dirty = new Set<string>()
  const rests = new Map<string, number>()
  /** Cancels the scheduled check. Undefined if none is scheduled. */
  let cancelFlush: (() => void) | undefined
  let calmTimer: NodeJS.Timeout | undefined
  let runningSlice: NodeJS.Immediate | undefined
  let lookTimer: NodeJS.Timeout | undefined
  /** When a check of everything is postponed no longer, however often it is requested. */
  let lookBy: number | undefined
  let isStopped = false
  let count = 0
  let lastEvent = 0
  let lastBeat = Date.now()
  const beat = setInterval(checkBeat, BEAT)
  beat.unref()

  return {
    happened(directory) {
      if (isStopped) return
      const now = monotonic()
      if (now - lastEvent > CALM && calmTimer === undefined) count = 0
      lastEvent = now
      count += 1
      if (count > MANY) distrust()
      dirty.add(directory)
      cancelFlush ??= SYSTEM_CLOCK.after(0, flush)
    },
    lookAtPending() {
      rests.clear()
      if (dirty.size > 0 && !isStopped) flush()
    },
    distrust,
    everythingIn,
    lookAtEverything,
    stop() {
      isStopped = true
      clearInterval(beat)
      clearTimeout(calmTimer)
      clearTimeout(lookTimer)
      cancelFlush?.()
      clearImmediate(runningSlice)
    },
  }

  function flush(): void {
    cancelFlush?.()
    cancelFlush = undefined
    const begin = monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const directory of [...dirty]) {
      const due = rests.get(directory) ?? 0
      if (due > begin) {
        next = Math.min(next, due)
        continue
      }
      dirty.delete(directory)
      const start = monotonic()
      lookIn(directory)
      const took = monotonic() - start
      rests.set(directory, start + took + Math.min(took * (took > LONG ? REST : 1), LONGEST_REST))
      if (isStopped) return
    }
    if (dirty.size > 0 && cancelFlush === undefined)
      cancelFlush = SYSTEM_CLOCK.after(Math.max(1, next - monotonic()), flush)
  }

  function distrust(): void {
    if (isStopped) return
    calmTimer ??= setTimeout(calm, CALM)
  }

  function calm(): void {
    const quietFor = monotonic() - lastEvent
    if (quietFor < CALM) {
      calmTimer = setTimeout(calm, CALM - quietFor)
      return
    }
    calmTimer = undefined
    count = 0
    if (runningSlice !== undefined)
      distrust() // directories it has already checked may have changed since
    else lookAtEverything()
  }

  function everythingIn(ms: number): void {
    if (isStopped) return
    const now = monotonic()
    lookBy ??= now + MOST_DELAYS * ms
    clearTimeout(lookTimer)
    lookTimer = setTimeout(
      () => {
        lookBy = undefined
        // A check that is under way may have passed a directory that has changed since.
        if (runningSlice === undefined) lookAtEverything()
        else everythingIn(SLICE)
      },
      Math.max(0, Math.min(ms, lookBy - now)),
    )
  }

  function lookAtEverything(): void {
    if (runningSlice !== undefined || isStopped) return
    const steps = everything()[Symbol.iterator]()
    const slice = () => {
      runningSlice = undefined
      const end = monotonic() + SLICE
      while (monotonic() < end) if (isStopped || steps.next().done) return
      runningSlice = setImmediate(slice)
    }
    slice()
  }

  /** After Ctrl-Z, or when the machine has slept, the wall clock has moved on without a heartbeat. */
  function checkBeat(): void {
    const now = Date.now()
    if (now - lastBeat > BEAT + LATE) distrust()
    lastBeat = now
  }
}
