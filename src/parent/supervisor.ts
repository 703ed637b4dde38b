/** The parts that live as long as the program, across all of its generations. */
import { onExit } from 'signal-exit'
import { createLog, type Log } from '../log.ts'
import type { Settings } from '../options/options.ts'
import type { Change } from '../protocol/change.ts'
import { FIRST_LAUNCH } from '../protocol/child-config.ts'
import { keepStandby, type Standby } from './generation/standby.ts'
import type { Signs } from './generation/up-line.ts'
import { removeStaleState } from './held/stale-state.ts'
import { NO_RELAY, type Relay, relayMessages } from './ipc-relay.ts'
import { otherRestarter } from './other-restarter.ts'
import type { Program, RunningChild } from './programs/program.ts'
import { receiveSignals, type Signals } from './signals.ts'
import { startLine } from './start-line.ts'
import { keepTerminal, type Terminal } from './terminal.ts'
import { traced } from './trace.ts'
import { CHILDREN_END_TOO, waitForEnd } from './wait-for-end.ts'

/** The collaborators of the loop. */
export interface Supervisor {
  readonly program: Program
  readonly settings: Settings
  /** The first child, which boots while the rest is set up. Undefined with `postpone`. */
  readonly firstChild: RunningChild | undefined
  readonly log: Log
  readonly signals: Signals
  readonly relay: Relay
  readonly standby: Standby
  readonly terminal: Terminal
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

/** Throws, with nothing left behind, if the first child cannot be started. */
export function createSupervisor(untraced: Program): Supervisor {
  const { settings, warning, detail } = untraced
  const signals = receiveSignals(settings.mode, untraced.ignoresHangup) // before the first child, so that none is lost
  const log = createLog(settings.log)
  const program: Program = { ...untraced, spawn: (launch) => traced(untraced.spawn(launch), log) }
  const firstChild = startFirst(program, () => {
    signals.close()
    log.close()
    return program.cleanUp()
  })
  const terminal = keepTerminal()
  const standby = keepStandby({ program, terminal, signals, log })
  const isEmbedded = settings.mode === 'embedded'
  const relay = isEmbedded ? NO_RELAY : relayMessages(standby.renew) // a standby has a channel, too
  const swept = isEmbedded || sweep()
  const other = isEmbedded ? undefined : otherRestarter()
  const isTerminal = process.stderr.isTTY === true
  for (const line of [startLine(program, settings, isTerminal), other, warning])
    if (line !== undefined) log.info(line)
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
  return { program, settings, firstChild, log, signals, relay, standby, terminal, history, cleanUp }
}

/** Resolves with false if it is to be tried again when there are descriptors. */
const sweep = (): Promise<boolean> =>
  removeStaleState().then(
    () => true,
    () => false,
  )

function startFirst(program: Program, undo: () => unknown): RunningChild | undefined {
  try {
    program.watchedPaths?.beginAnew()
    return program.settings.postpone ? undefined : program.spawn(FIRST_LAUNCH)
  } catch (error) {
    undo()
    throw error
  }
}
