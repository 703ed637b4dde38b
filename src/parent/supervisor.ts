/** What all generations have in common: made before the first one is over, and gone after the last. */
import { onExit } from 'signal-exit'
import { createLog, type Log } from '../log.ts'
import type { Settings } from '../options/options.ts'
import type { Change } from '../protocol/change.ts'
import type { FirstStart, Program } from './first-child.ts'
import { keepStandby, type Standby } from './generation/standby.ts'
import { removeStaleState } from './held/stale-state.ts'
import { NO_RELAY, type Relay, relayMessages } from './ipc-relay.ts'
import type { Signals } from './signals.ts'
import { keepTerminal, type Terminal } from './terminal.ts'

export interface Supervisor {
  readonly program: Program
  readonly settings: Settings
  readonly log: Log
  readonly signals: Signals
  readonly relay: Relay
  readonly standby: Standby
  readonly terminal: Terminal
  readonly past: History
}

/** What is left of earlier generations. */
export interface History {
  /** How many there have been. */
  launches: number
  /** What caused the last launch. */
  changes: readonly Change[]
  /** What the last one had loaded. */
  files: readonly string[]
  /** Whether it was said that files are polled. */
  isPolling: boolean
}

interface Established {
  readonly parent: Supervisor
  readonly cleanUp: () => Promise<void>
}

export function createSupervisor({ program, signals }: FirstStart): Established {
  const { settings, warning } = program
  const log = createLog(settings.log)
  const terminal = keepTerminal()
  const standby = keepStandby({ program, terminal, signals, log })
  const relay = settings.mode === 'embedded' ? NO_RELAY : relayMessages(standby.renew) // a standby has a channel, too
  if (settings.mode !== 'embedded') void removeStaleState()
  if (warning !== undefined) log.info(warning)

  // For every way out that is not ours: process.exit() in the parent, an error, another signal.
  const forget = onExit(
    () => {
      for (const child of signals.children()) child.kill('SIGTERM')
      program.cleanUp()
    },
    { alwaysLast: true },
  )
  const cleanUp = async () => {
    await standby.drop()
    signals.close()
    relay.close()
    forget()
    await program.cleanUp()
    log.close()
  }
  return {
    parent: {
      program,
      settings,
      log,
      signals,
      relay,
      standby,
      terminal,
      past: { launches: 0, changes: [], files: [], isPolling: false },
    },
    cleanUp,
  }
}
