/** Slows down a program that exits with 75 at once, without a change, again and again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Supervisor } from '../supervisor.ts'
import type { Life } from './generation.ts'

/** An exit within this time after the start counts as "at once", ms. */
const AT_ONCE = 1000
/** The first pause, and the longest; it doubles in between, ms. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5000

/** Waits for the pause that is due after this life, if any; a signal cuts it short. */
export function backOff({
  log,
  signals,
}: Pick<Supervisor, 'log' | 'signals'>): (life: Life) => Promise<void> {
  let inARow = 0
  return async ({ startedAt, reason }) => {
    const hasCause = reason?.is === 'changed' || reason?.by === 'user'
    const isPointless = performance.now() - startedAt < AT_ONCE && !hasCause
    inARow = isPointless ? inARow + 1 : 0
    if (inARow < 2) return
    const pause = Math.min(FIRST_PAUSE * 2 ** (inARow - 2), LONGEST_PAUSE)
    if (inARow === 2)
      log.info('the app exits with 75 at once, again and again, and nothing has changed · slowing down')
    log.debug(`pause of ${pause} ms before the next launch`)
    const cutShort = new AbortController()
    const { signal } = cutShort
    await Promise.race([sleep(pause, undefined, { signal }).catch(() => {}), signals.next()])
    cutShort.abort() // the timer: with `exit: false` the program may have nothing else to do
  }
}
