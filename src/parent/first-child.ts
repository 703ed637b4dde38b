/**
 * The first child is started before the rest of the parent is loaded: both take their time at once.
 * So this file imports what a child needs to be started, and what a signal needs to reach it.
 */
import type { Family } from './birth.ts'
import { commandOf, giveUpInspector, type Start } from './command.ts'
import { type LaunchOptions, readOptions } from './options.ts'
import { receiveSignals, type Signals } from './signals.ts'
import { type RunningChild, spawnChild } from './spawn-child.ts'
import { keepStates } from './state.ts'

export interface Beginning {
  readonly family: Family
  readonly signals: Signals
  readonly child: RunningChild
}

/** Throws, with nothing left behind, for whatever makes a launch impossible. */
export async function startFirstChild(start: Start, options: LaunchOptions): Promise<Beginning> {
  const settings = readOptions(options)
  const command = commandOf(start, settings.env)
  const sockets = await socketsFor(settings.listen)
  const family: Family = { command, settings, sockets, states: keepStates() }
  giveUpInspector()
  const signals = receiveSignals()
  const child = spawnChild(family, { generation: 1, changes: [] })
  signals.aim(child, () => {})
  return { family, signals, child }
}

async function socketsFor(addresses: Family['settings']['listen']): Promise<Family['sockets']> {
  if (addresses.length === 0 && process.env.LISTEN_FDS === undefined) return NO_SOCKETS
  const { bindSockets } = await import('./sockets.ts')
  return bindSockets(addresses)
}

const NO_SOCKETS: Family['sockets'] = { fds: [], names: [], places: {}, files: [], close: () => {} }
