/** Finds the moment when the app has booted and something else may use the processor. */
import type { ChildMessage } from '../../protocol/messages.ts'
import type { RunningChild } from '../programs/spawn-node.ts'

/** The app is asked in this interval, ms, and is idle if it answers within this time, ms. */
const INTERVAL = 100
const PROMPT = 20
/** An app that is never idle is not waited for any longer, ms. */
const LIMIT = 2000

export interface BootDetection {
  /** The app has been started: ask it from now on. */
  readonly begin: () => void
  readonly onMessage: (word: ChildMessage) => void
  /** Whether it has ever asked for a restart, or been idle. */
  readonly hasBooted: () => boolean
}

export function detectBoot(child: RunningChild, act: () => unknown): BootDetection {
  const timers: NodeJS.Timeout[] = []
  let askedAt = 0
  let hasBooted = false
  const stop = () => timers.forEach(clearTimeout)
  const ask = () => {
    askedAt = performance.now()
    child.post({ is: 'ping', about: 'boot' })
  }
  const finish = () => {
    stop()
    act()
  }
  void child.ended.then(stop, stop)

  return {
    begin() {
      timers.push(setTimeout(ask, INTERVAL), setTimeout(finish, LIMIT))
    },
    onMessage(word) {
      if (word.is === 'polls' || (word.is === 'pong' && word.about === 'boot')) hasBooted = true
      if (word.is === 'polls') return finish() // it has reached its main loop, which may never be idle
      if (word.is !== 'pong' || word.about !== 'boot') return
      if (performance.now() - askedAt < PROMPT) finish()
      else timers.push(setTimeout(ask, INTERVAL))
    },
    hasBooted: () => hasBooted,
  }
}
