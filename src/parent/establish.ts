/** What all generations have in common: made before the first one, and gone after the last. */
import { onExit } from 'signal-exit'
import { createLog, type Log } from '../log.ts'
import type { Family } from './birth.ts'
import { commandOf, giveUpInspector, type Start } from './command.ts'
import { type Relay, relayMessages } from './messages.ts'
import { type LaunchOptions, readOptions } from './options.ts'
import { receiveSignals, type Signals } from './signals.ts'
import { bindSockets } from './sockets.ts'
import { keepStandby, type Standby } from './standby.ts'
import { keepStates } from './state.ts'
import { keepTerminal, type Terminal } from './terminal.ts'

export interface Parent extends Family {
  readonly log: Log
  readonly signals: Signals
  readonly relay: Relay
  readonly standby: Standby
  readonly terminal: Terminal
  readonly past: Past
}

/** What is left of earlier generations. */
export interface Past {
  /** How many there have been. */
  launches: number
  /** What the last one had loaded. */
  files: readonly string[]
}

interface Established {
  readonly parent: Parent
  readonly cleanUp: () => Promise<void>
}

/** Throws, with nothing left behind, for whatever makes a launch impossible. */
export async function establish(start: Start, options: LaunchOptions): Promise<Established> {
  const settings = readOptions(options)
  const command = commandOf(start, settings.env)
  const log = createLog(settings.log)
  const sockets = await bindSockets(settings.listen, log)
  const states = keepStates()
  const family: Family = { command, settings, sockets, states }
  const signals = receiveSignals()
  const terminal = keepTerminal()
  const standby = keepStandby({ family, terminal, signals, log })
  const relay = relayMessages()
  giveUpInspector()

  const removeFiles = () => {
    sockets.close()
    states.remove()
  }
  // For every way out that is not ours: process.exit() in the parent, an error, another signal.
  const forget = onExit(removeFiles, { alwaysLast: true })
  const cleanUp = async () => {
    await standby.drop()
    signals.close()
    relay.close()
    forget()
    removeFiles()
  }
  return {
    parent: { ...family, log, signals, relay, standby, terminal, past: { launches: 0, files: [] } },
    cleanUp,
  }
}
