/**
 * Waits for a child that was asked to end: says what it waits for, and ends it if, and only if, it
 * was given a time limit.
 */
import { duration, type Log } from '../log.ts'
import type { ForwardedSignal } from '../wire.ts'
import type { Settings } from './options.ts'
import type { RunningChild } from './spawn-child.ts'

/** After this time one line says what is being waited for, ms. */
const SAY_AFTER = 5000

export interface Patience {
  /** The app was asked to restart: the first call counts, later saves do not shorten its time. */
  readonly forRestart: () => void
  /** The app was sent a signal by the user. */
  readonly forSignal: (signal: ForwardedSignal) => void
  /** Ends it: the signal for that, and SIGKILL after `killTimeout`. */
  readonly end: () => void
  /** Whether it is being ended: whatever code it ends with. */
  readonly isOver: () => boolean
}

export function patience(child: RunningChild, settings: Settings, log: Log): Patience {
  const timers: NodeJS.Timeout[] = []
  let state: 'let be' | 'asked' | 'being ended' = 'let be'
  const after = (ms: number, act: () => void) => {
    if (ms < 2 ** 31) timers.push(setTimeout(act, ms))
  }
  const kill = () => {
    log.warn(`still not gone ${duration(settings.killTimeout)} after the signal · SIGKILL`)
    child.kill('SIGKILL')
  }
  const end = () => {
    if (state === 'being ended') return
    state = 'being ended'
    child.kill(settings.signal)
    after(settings.killTimeout, kill)
  }
  const say = (what: string) => {
    const begin = performance.now()
    const line = () => `waiting for the app to ${what} · ${Math.round((performance.now() - begin) / 1000)} s`
    after(SAY_AFTER, () => {
      if (!process.stderr.isTTY) return log.info(line())
      log.progress(line())
      timers.push(setInterval(() => log.progress(line()), 1000))
    })
  }
  void child.ended.finally(() => timers.forEach(clearTimeout)).catch(() => {})

  return {
    forRestart() {
      if (state !== 'let be') return
      state = 'asked'
      say('exit for the restart')
      after(settings.stopTimeout, () => {
        log.warn(
          `the app did not exit within ${duration(settings.stopTimeout)} (stopTimeout) · ${settings.signal}`,
        )
        end()
      })
    },
    end,
    forSignal(signal) {
      say(`end after ${signal}`)
      if (settings.killTimeoutGiven) after(settings.killTimeout, kill)
    },
    isOver: () => state === 'being ended',
  }
}
