/**
 * Starts the first child with no more code than that takes: all of the parent's takes half as long to load as Node to
 * start, and the child boots meanwhile.
 */
import { createLog, type Log } from '../log.ts'
import { type ProgramOptions, readProgramOptions } from '../options/options.ts'
import { FIRST_LAUNCH } from '../protocol/child-config.ts'
import type { Start } from './programs/node-command.ts'
import { nodeProgram, type Watching } from './programs/node-program.ts'
import type { Program, RunningChild } from './programs/program.ts'
import { receiveSignals, type Signals } from './signals.ts'
import { traced } from './trace.ts'

/** A program whose first child has been started, for the loop. */
export interface Started {
  readonly program: Program
  readonly signals: Signals
  readonly log: Log
  /** The first child, which boots while the rest is set up. Undefined with `postpone`. */
  readonly firstChild: RunningChild | undefined
}

/** Throws, with nothing left behind, if the first child cannot be started. */
export function start(untraced: Program): Started {
  const { settings } = untraced
  const signals = receiveSignals(settings.mode, untraced.ignoresHangup) // before the first child, so that none is lost
  const log = createLog(settings.log)
  const program: Program = { ...untraced, spawn: (launch) => traced(untraced.spawn(launch), log) }
  try {
    program.watchedPaths?.beginAnew()
    const firstChild = settings.postpone ? undefined : program.spawn(FIRST_LAUNCH)
    return { program, signals, log, firstChild }
  } catch (error) {
    signals.close()
    log.close()
    program.cleanUp()
    throw error
  }
}

/** Starts a Node program for the command. `watching`: loads the rest of the parent. */
export const startNode = async (
  target: Start,
  options: ProgramOptions,
  watching: () => Watching,
): Promise<Started> => start(await nodeProgram(target, readProgramOptions(options), watching))
