/**
 * Decides when to look. One look answers all events of a directory in a turn of the event loop. After
 * more events than may be trusted to have arrived, and after the process stood still, everything is
 * looked at once, as soon as it is quiet.
 */
import { SYSTEM_CLOCK } from '../clock.ts'

export interface Looks {
  readonly happened: (directory: string) => void
  /** Looks at once where something has happened, also where a look has just been. */
  readonly lookAtPending: () => void
  /** Events may have been lost. */
  readonly distrust: () => void
  readonly everythingIn: (ms: number) => void
  /** Unless a look at everything is under way. */
  readonly lookAtEverything: () => void
  readonly stop: () => void
}

interface Options {
  readonly lookIn: (directory: string) => void
  /** One step after the other: each looks at a little. */
  readonly everything: () => Iterable<unknown>
}

/** The kernel keeps 16,384 events, or as many as it is told to, and silently drops the others. */
const MANY = 1000
/** It is quiet when nothing has happened for this time, ms. */
const CALM = 100
/** A look is not repeated before as long has passed as it took, and many times as long if it took long, ms. */
const LONG = 5
const REST = 9
/** Everything is looked at in pieces of this time, ms. */
const SLICE = 10
/** How often to find out whether the process stood still, and how late that must be for it, ms. */
const BEAT = 1000
const LATE = 2000

export function createLooks({ lookIn, everything }: Options): Looks {
  const dirty = new Set<string>()
  const rests = new Map<string, number>()
  /** Cancels the look that is to come; undefined if none is. */
  let cancelFlush: (() => void) | undefined
  let calming: NodeJS.Timeout | undefined
  let going: NodeJS.Immediate | undefined
  let later: NodeJS.Timeout | undefined
  let isStopped = false
  let count = 0
  let lastEvent = 0
  let lastBeat = Date.now()
  const beat = setInterval(feelPulse, BEAT)
  beat.unref()

  return {
    happened(directory) {
      if (isStopped) return
      const now = performance.now()
      if (now - lastEvent > CALM && calming === undefined) count = 0
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
    everythingIn(ms) {
      clearTimeout(later)
      if (!isStopped) later = setTimeout(lookAtEverything, ms)
    },
    lookAtEverything,
    stop() {
      isStopped = true
      clearInterval(beat)
      clearTimeout(calming)
      clearTimeout(later)
      cancelFlush?.()
      clearImmediate(going)
    },
  }

  function flush(): void {
    cancelFlush?.()
    cancelFlush = undefined
    const begin = performance.now()
    let next = Number.POSITIVE_INFINITY
    for (const directory of [...dirty]) {
      const due = rests.get(directory) ?? 0
      if (due > begin) {
        next = Math.min(next, due)
        continue
      }
      dirty.delete(directory)
      const start = performance.now()
      lookIn(directory)
      const took = performance.now() - start
      rests.set(directory, start + took + took * (took > LONG ? REST : 1))
      if (isStopped) return
    }
    if (dirty.size > 0 && cancelFlush === undefined)
      cancelFlush = SYSTEM_CLOCK.after(Math.max(1, next - performance.now()), flush)
  }

  function distrust(): void {
    if (isStopped) return
    calming ??= setTimeout(calm, CALM)
  }

  function calm(): void {
    const quietFor = performance.now() - lastEvent
    if (quietFor < CALM) {
      calming = setTimeout(calm, CALM - quietFor)
      return
    }
    calming = undefined
    count = 0
    if (going !== undefined)
      distrust() // what it has passed already may have changed since
    else lookAtEverything()
  }

  function lookAtEverything(): void {
    if (going !== undefined || isStopped) return
    const steps = everything()[Symbol.iterator]()
    const slice = () => {
      going = undefined
      const end = performance.now() + SLICE
      while (performance.now() < end) if (isStopped || steps.next().done) return
      going = setImmediate(slice)
    }
    slice()
  }

  /** Stopped (Ctrl-Z), or the machine slept: the wall clock has gone on. */
  function feelPulse(): void {
    const now = Date.now()
    if (now - lastBeat > BEAT + LATE) distrust()
    lastBeat = now
  }
}
