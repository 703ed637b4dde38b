/** A clock that stands still until a test moves it on. */
import type { Clock } from '../../src/watch/clock.ts'

export interface FakeClock extends Clock {
  /** Moves on by so many milliseconds; what is due on the way is done at its time. */
  readonly pass: (ms: number) => void
}

export function fakeClock(): FakeClock {
  let now = 1000
  let due: { readonly at: number; readonly act: () => void }[] = []
  return {
    now: () => now,
    after(ms, act) {
      const entry = { at: now + Math.max(0, ms), act }
      due.push(entry)
      return () => {
        due = due.filter((one) => one !== entry)
      }
    },
    pass(ms) {
      const end = now + ms
      for (;;) {
        const next = due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        due = due.filter((one) => one !== next)
        now = next.at
        next.act()
      }
      now = end
    },
  }
}
