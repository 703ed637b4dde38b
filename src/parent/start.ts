/**
 * Starts the first child with no more code than that takes: loading all of the parent's takes half as long as Node's own
 * start, and nobody waits for it. In the process of the command what is imported from here exists more than once, so it
 * keeps no state of its own.
 */
import { isatty } from 'node:tty'
import type { EarlyChild } from '../early-child.ts'
import { createLog, type Log } from '../log.ts'
import type { Settings } from '../options/options.ts'
import { FIRST_LAUNCH } from '../protocol/child-config.ts'
import type { Start } from '../system/node-start.ts'
import { giveUpInspector, mayBeInspected } from './programs/node-command.ts'
import { nodeProgram, type ParentWatch } from './programs/node-program.ts'
import type { Program, RunningChild } from './programs/program.ts'
import { receiveSignals, type Signals } from './signals.ts'
import { startLine } from './start-line.ts'
import { keepTerminal, type Terminal } from './terminal.ts'
import { traced } from './trace.ts'

/** A program whose first child has been started, for the loop. */
export interface Started {
  readonly program: Program
  readonly signals: Signals
  readonly log: Log
  /** The first child, which boots while the rest is set up. Undefined with `postpone`. */
  readonly firstChild: RunningChild | undefined
  readonly terminal: Terminal
}

/** Throws, with nothing left behind, if the first child cannot be started. */
export function startFirst(
  untraced: Program,
  terminal: Terminal = keepTerminal(),
  signals: Signals = receiveSignals(untraced.settings.mode, untraced.ignoresHangup), // before the child, so that none is lost
): Started {
  const { settings } = untraced
  const log = createLog(settings.log)
  const program: Program = { ...untraced, spawn: (launch) => traced(untraced.spawn(launch), log) }
  try {
    const line = startLine(program, settings, isatty(2))
    if (line !== undefined) log.info(line)
    program.watchedPaths?.beginAnew()
    const firstChild = settings.postpone ? undefined : program.spawn(FIRST_LAUNCH)
    if (firstChild !== undefined) signals.hold()
    return { program, signals, log, firstChild, terminal }
  } catch (error) {
    abandon({ program, signals, log })
    throw error
  }
}

/** Ends what has been started, if the loop cannot take it over. */
export function abandon({
  program,
  signals,
  log,
  firstChild,
}: Pick<Started, 'program' | 'signals' | 'log'> & Partial<Started>): void {
  firstChild?.kill('SIGTERM')
  signals.close()
  log.close()
  program.cleanUp()
}

/** What the caller has for a Node program. */
interface Given {
  /** Gives the rest of the parent. */
  readonly watch: () => ParentWatch
  readonly early: EarlyChild | undefined
  /** Whether no code of the user's runs in this process. */
  readonly isCommand: boolean
}

export async function startFirstOfNode(
  target: Start,
  settings: Settings,
  { watch, early, isCommand }: Given,
): Promise<Started> {
  await null // the listeners that an entry adds right after its call are called before ours
  // Its end by a signal would not be noticed, so all that comes while something is awaited is kept for what replaces it.
  const signals = early && receiveSignals(settings.mode)
  if (!settings.postpone) signals?.hold()
  try {
    await early?.terminal // it runs the app as soon as it is taken; and nothing is to be cleaned up yet
    const program = await nodeProgram(target, settings, watch, early)
    if (!isCommand || mayBeInspected()) giveUpInspector() // Node's module takes a millisecond to load
    return startFirst(program, keepTerminal(early?.terminal), signals)
  } catch (error) {
    signals?.close()
    throw error
  } finally {
    void early?.end() // if it was not taken: with `postpone` nothing is started yet
  }
}
