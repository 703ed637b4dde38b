/** The parts that live as long as the program, across all of its generations. */
import { onExit } from 'signal-exit'
import type { Settings } from '../options/options.ts'
import type { Change } from '../protocol/change.ts'
import { keepStandby, type Standby } from './generation/standby.ts'
import type { Signs } from './generation/up-line.ts'
import { removeStaleState } from './held/stale-state.ts'
import { NO_RELAY, type Relay, relayMessages } from './ipc-relay.ts'
import { otherRestarter } from './other-restarter.ts'
import type { Started } from './start.ts'
import { CHILDREN_END_TOO, waitForEnd } from './wait-for-end.ts'

/** The collaborators of the loop. */
export interface Supervisor extends Started {
  readonly settings: Settings
  readonly relay: Relay
  readonly standby: Standby
  readonly history: History
  readonly cleanUp: () => Promise<void>
}

/** Data about earlier generations. */
export interface History {
  /** Number of launches so far. */
  launches: number
  /** The changes that the last launch for a change was for. */
  changes: readonly Change[]
  /** The files that the last generation had loaded. */
  files: readonly string[]
  readonly signs: Signs
}

export function createSupervisor(started: Started): Supervisor {
  const { program, signals, log, terminal } = started
  const { settings, warning, detail } = program
  const standby = keepStandby({ program, terminal, signals, log })
  const isEmbedded = settings.mode === 'embedded'
  const relay = isEmbedded ? NO_RELAY : relayMessages(standby.renew) // a standby has a channel, too
  const swept = isEmbedded || sweep()
  const other = isEmbedded ? undefined : otherRestarter()
  for (const line of [other, warning]) if (line !== undefined) log.info(line)
  if (detail !== undefined) log.debug(detail)

  // For all other ways to end: process.exit() in the parent, an error, another signal.
  const removeExitHook = onExit(
    () => {
      const children = signals.children()
      for (const child of children) child.kill('SIGTERM')
      if (CHILDREN_END_TOO) waitForEnd(children, settings.killTimeout)
      program.cleanUp()
    },
    { alwaysLast: true },
  )
  const cleanUp = async () => {
    await standby.drop()
    signals.close()
    relay.close()
    removeExitHook()
    await program.cleanUp()
    if (!(await swept)) await sweep()
    log.close()
  }
  const history: History = { launches: 0, changes: [], files: [], signs: { strongest: 'idle' } }
  return { ...started, settings, relay, standby, history, cleanUp }
}

/** Resolves with false if it is to be tried again when there are descriptors. */
const sweep = (): Promise<boolean> =>
  removeStaleState().then(
    () => true,
    () => false,
  )
