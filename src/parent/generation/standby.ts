/**
 * The next child, booted ahead and held before anything of the app is loaded. It is there for speed
 * and nothing else: whatever goes wrong with it, the next child is started cold.
 */
import type { Log } from '../../log.ts'
import type { Launch } from '../../protocol/child-config.ts'
import type { Program, RunningChild } from '../programs/program.ts'
import type { Signals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'

/** So many useless ones in a row, and no more are started. */
const TRIES = 5
/** The longest wait for a standby that still boots, in ms. */
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

interface Kept {
  readonly child: RunningChild
  state: 'booting' | 'ready'
}

interface Surroundings {
  readonly program: Program
  readonly terminal: Terminal
  readonly signals: Signals
  readonly log: Log
}

export function keepStandby({ program, terminal, signals, log }: Surroundings): Standby {
  const isWanted = program.canStandBy && program.settings.standby && process.env.EXIT75_STANDBY !== '0'
  let kept: Kept | undefined
  let useless = 0

  return {
    prepare,
    launch(launch) {
      const taken = take()
      useless = 0
      if (taken === undefined) return undefined
      const { child, state } = taken
      // One that is still booting is ahead of a new one, unless it is stuck.
      if (state === 'booting' && performance.now() - child.startedAt > BOOT_TIME) child.kill('SIGKILL')
      else child.post({ is: 'launch', launch })
      return child
    },
    renew: () => void (kept && replace(kept)),
    child: () => kept?.child,
    async drop() {
      const taken = take()
      taken?.child.kill('SIGKILL')
      await taken?.child.ended
    },
  }

  async function prepare(): Promise<void> {
    if (!isWanted || useless >= TRIES || !(await isWelcome()) || kept !== undefined) return
    const child = program.spawn(null)
    if (child.process.pid === undefined) {
      const error = await child.ended.catch((error: NodeJS.ErrnoException) => error)
      return log.debug(`no standby: ${'code' in error ? error.code : error}`) // no speed, and no harm
    }
    const mine: Kept = { child, state: 'booting' }
    kept = mine
    child.onMessage((word) => {
      if (word.is === 'held') void dropUnlessWelcome(mine)
      if (word.is === 'stale') replace(mine)
    })
    void child.ended.catch(() => {}).then(() => replace(mine))
  }

  function take(): Kept | undefined {
    const taken = kept
    kept = undefined
    return taken
  }

  /** A process notes the terminal's settings when it starts, and puts them back when it ends. */
  async function isWelcome(): Promise<boolean> {
    return !signals.isEnding() && (await terminal.isAsFound())
  }

  async function dropUnlessWelcome(mine: Kept): Promise<void> {
    mine.state = 'ready'
    log.debug(`standby ${mine.child.process.pid} is ready`)
    if (!(await isWelcome())) replace(mine)
  }

  function replace(mine: Kept): void {
    if (kept !== mine) return
    log.debug(`standby ${mine.child.process.pid} is of no use any more`)
    take()
    useless += 1
    mine.child.kill('SIGKILL') // not SIGTERM, which lets Node put back the terminal
    void prepare()
  }
}
