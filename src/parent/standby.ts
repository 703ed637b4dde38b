/**
 * The next child, booted ahead and held before anything of the app is loaded. It is there for speed
 * and nothing else: whatever goes wrong with it, the next child is started cold.
 */
import type { Log } from '../log.ts'
import type { Launch } from '../wire.ts'
import type { Family } from './first-child.ts'
import type { Signals } from './signals.ts'
import type { RunningChild } from './spawn-child.ts'
import type { Terminal } from './terminal.ts'

/** After so many in a row that were of no use, no more are started. */
const TRIES = 5
/** One that is not ready after this time, ms, is not waited for. */
const BOOT_TIME = 2000

export interface Standby {
  /** Boots the next child, if there is none. */
  readonly prepare: () => Promise<void>
  /** Takes it, and tells it to begin; undefined if there is none. */
  readonly launch: (launch: Launch) => RunningChild | undefined
  /** Boots another one in its place: this one is not what a new one would be. */
  readonly renew: () => void
  /** The one that is kept, if any. */
  readonly child: () => RunningChild | undefined
  /** Ends it. */
  readonly drop: () => Promise<void>
}

interface Surroundings {
  readonly family: Family
  readonly terminal: Terminal
  readonly signals: Signals
  readonly log: Log
}

export function keepStandby({ family, terminal, signals, log }: Surroundings): Standby {
  const isWanted = family.canStandBy && family.settings.standby && process.env.EXIT75_STANDBY !== '0'
  let kept: RunningChild | undefined
  let bootedAt = 0
  let isReady = false
  let useless = 0

  return {
    prepare,
    launch(launch) {
      const child = kept
      kept = undefined
      useless = 0
      // One that is still booting is ahead of a new one, unless it is stuck.
      if (!isReady && performance.now() - bootedAt > BOOT_TIME) child?.kill('SIGKILL')
      else child?.say({ ...launch, is: 'launch' })
      return child
    },
    renew: () => void (kept && replace(kept)),
    child: () => kept,
    async drop() {
      const child = kept
      kept = undefined
      child?.kill('SIGKILL')
      await child?.ended
    },
  }

  async function prepare(): Promise<void> {
    if (!isWanted || useless >= TRIES || !(await isWelcome()) || kept !== undefined) return
    const child = family.spawn(null)
    kept = child
    bootedAt = performance.now()
    isReady = false
    child.hear((word) => {
      if (word.is === 'held') void dropUnlessWelcome(child)
      if (word.is === 'stale') replace(child)
    })
    void child.ended.catch(() => {}).then(() => replace(child))
  }

  /** A process notes the terminal's settings when it starts, and puts them back when it ends. */
  async function isWelcome(): Promise<boolean> {
    return signals.asked() === undefined && (await terminal.isAsFound())
  }

  async function dropUnlessWelcome(child: RunningChild): Promise<void> {
    isReady = true
    log.debug(`standby ${child.process.pid} is ready`)
    if (!(await isWelcome())) replace(child)
  }

  function replace(child: RunningChild): void {
    if (kept !== child) return
    log.debug(`standby ${child.process.pid} is of no use any more`)
    kept = undefined
    useless += 1
    child.kill('SIGKILL') // not SIGTERM, which lets Node put back the terminal
    void prepare()
  }
}
