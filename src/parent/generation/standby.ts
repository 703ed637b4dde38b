/**
 * The next child, booted ahead and held before any of the app is loaded. It exists only for speed:
 * whatever goes wrong with it, the next child is started cold.
 */
import type { Log } from '../../log.ts'
import type { Launch } from '../../protocol/child-config.ts'
import type { Program, RunningChild } from '../programs/program.ts'
import type { Signals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'

/** After this many useless standbys in a row, no more are started. */
const TRIES = 5
/** Longest boot of a standby, in ms: after that it counts as stuck. */
const BOOT_TIME = 2000

export interface Standby {
  /** Boots a standby, if there is none. */
  readonly prepare: () => Promise<void>
  /** Takes the standby, and tells it to begin. Undefined if there is none. */
  readonly launch: (launch: Launch) => RunningChild | undefined
  /** Replaces the standby, since it differs from a new one. */
  readonly renew: () => void
  /** Returns the standby, if any. */
  readonly child: () => RunningChild | undefined
  /** Ends the standby. */
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
      // One that is still booting is faster than a new one, unless it is stuck.
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
      return log.debug(`no standby: ${'code' in error ? error.code : error}`) // slower, but harmless
    }
    const entry: Kept = { child, state: 'booting' }
    kept = entry
    child.onMessage((message) => {
      if (message.is === 'held') void dropUnlessWelcome(entry)
      if (message.is === 'stale') replace(entry)
    })
    void child.ended.catch(() => {}).then(() => replace(entry))
  }

  function take(): Kept | undefined {
    const taken = kept
    kept = undefined
    return taken
  }

  /** Node reads the terminal's settings when it starts, and restores them when it ends. */
  async function isWelcome(): Promise<boolean> {
    return !signals.isEnding() && (await terminal.isAsFound())
  }

  async function dropUnlessWelcome(entry: Kept): Promise<void> {
    entry.state = 'ready'
    log.debug(`standby ${entry.child.process.pid} is ready`)
    if (!(await isWelcome())) replace(entry)
  }

  function replace(entry: Kept): void {
    if (kept !== entry) return
    log.debug(`standby ${entry.child.process.pid} is no longer useful`)
    take()
    useless += 1
    entry.child.kill('SIGKILL') // not SIGTERM, at which Node restores the terminal
    void prepare()
  }
}
