/** Slows down a program that keeps exiting with 75 right after its start, without a change. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reason } from '../../protocol/change.ts'
import type { Supervisor } from '../supervisor.ts'
import type { Ended } from './child-state.ts'

/** An exit within this time after the start counts as "at once", in ms. */
const AT_ONCE = 1000
/** The first pause, and the longest, in ms; it doubles in between. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5000

/** Number of pointless ends in a row, and the pause due, in ms. */
export interface Row {
  readonly length: number
  readonly pause: number
}

/** Counts this end: it is pointless if it came at once, and neither a change nor the user caused it. */
export function nextRow(length: number, { startedAt, endedAt, asked }: Life): Row {
  const isPointless = endedAt - startedAt < AT_ONCE && !hasCause(asked?.reason)
  const next = isPointless ? length + 1 : 0
  return { length: next, pause: next < 2 ? 0 : Math.min(FIRST_PAUSE * 2 ** (next - 2), LONGEST_PAUSE) }
}

type Life = Pick<Ended, 'startedAt' | 'endedAt' | 'asked'>

const hasCause = (reason: Reason | undefined): boolean =>
  reason !== undefined && (reason.is === 'changed' || reason.by === 'user')

/** Returns a function that waits for the pause due after an end, if any; a signal cuts it short. */
export function backOff({
  log,
  signals,
}: Pick<Supervisor, 'log' | 'signals'>): (end: Ended) => Promise<void> {
  let row: Row = { length: 0, pause: 0 }
  return async (end) => {
    row = nextRow(row.length, end)
    if (row.pause === 0) return
    if (row.length === 2)
      log.info('the app keeps exiting with 75 right after its start, without any change · slowing down')
    log.debug(`pause of ${row.pause} ms before the next launch`)
    const cutShort = new AbortController()
    const { signal } = cutShort
    await Promise.race([sleep(row.pause, undefined, { signal }).catch(() => {}), signals.next()])
    cutShort.abort() // or the timer would keep the process alive with `exit: false`
  }
}
