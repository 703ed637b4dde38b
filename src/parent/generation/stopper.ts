/**
 * Waits for a child that was asked to end: says what it waits for, and ends it if, and only if, it
 * was given a time limit.
 */
import { duration, type Log } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import type { ForwardedSignal } from '../../protocol/signals.ts'
import type { RunningChild } from '../programs/spawn-node.ts'

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
  /** Rejects if it is not gone even some time after SIGKILL. */
  readonly inVain: Promise<never>
}

export function patience(child: RunningChild, settings: Settings, log: Log): Patience {
  const { goneTimeout } = settings
  const timers: NodeJS.Timeout[] = []
  let state: 'let be' | 'asked' | 'being ended' = 'let be'
  let isGone = false
  let giveUp: (error: Error) => void = () => {}
  const inVain = new Promise<never>((_resolve, reject) => {
    giveUp = reject
  })
  const after = (ms: number, act: () => void) => {
    if (ms < 2 ** 31) timers.push(setTimeout(act, ms))
  }
  const kill = () => {
    log.warn(`still not gone ${duration(settings.killTimeout)} after the signal · SIGKILL`)
    child.kill('SIGKILL')
    after(goneTimeout, () =>
      giveUp(
        new Error(`process ${child.process.pid} is still not gone ${duration(goneTimeout)} after SIGKILL`),
      ),
    )
  }
  const end = () => {
    // A change after its end is for the next one: what has its number by now is no child of ours.
    if (state === 'being ended' || isGone) return
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
  const gone = () => {
    isGone = true
    timers.forEach(clearTimeout)
  }
  child.ended.then(gone, gone)

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
      if (settings.mode === 'embedded') return end()
      say(`end after ${signal}`)
      after(settings.signalTimeout, kill)
    },
    isOver: () => state === 'being ended',
    inVain,
  }
}
