/** Launches generations: from a standby if possible, else cold. */

import { changesOf } from '../../protocol/change.ts'
import type { Launch } from '../../protocol/child-config.ts'
import { doublingPause } from '../../system/doubling-pause.ts'
import type { RunningChild } from '../programs/program.ts'
import type { Supervisor } from '../supervisor.ts'
import { beforeRestart } from './before-restart.ts'
import { runGeneration } from './generation.ts'
import type { Cause, Generation } from './interface.ts'
import { pause } from './pause.ts'

/** Runs the first generation, whose child has already been started. */
export function first(supervisor: Supervisor, child: RunningChild, cause: Cause): Generation {
  supervisor.history.launches += 1
  return runGeneration(child, supervisor, cause, true)
}

/** Launches the next generation. Undefined if the program was asked to end before it could be started. */
export async function launch(supervisor: Supervisor, cause: Cause): Promise<Generation | undefined> {
  const { history, program, standby, log, signals } = supervisor
  const changes = changesOf(cause.reason)
  if (history.launches > 0) await beforeRestart(changes, supervisor)
  if (signals.pending() !== undefined) return undefined
  history.launches += 1
  if (changes.length > 0) history.changes = changes
  program.watchedPaths?.beginAnew()
  const { isRebound = false, news = [] } = program.refresh?.() ?? {}
  for (const text of news) log.info(text)
  if (isRebound) await standby.drop() // it holds the old descriptors
  const details = { generation: history.launches, changes }
  const booted = standby.launch(details)
  if (booted !== undefined) {
    const generation = runGeneration(booted, supervisor, cause)
    if (await generation.started) return generation
    log.debug(`standby ${booted.process.pid} did not begin`)
    booted.kill('SIGKILL')
    await generation.over // never two children at once
  }
  const child = await start(supervisor, details)
  return child && runGeneration(child, supervisor, cause, true)
}

/** Tries until it succeeds: a shortage may pass, and an update may be replacing a file. */
async function start(
  { program, signals, log }: Supervisor,
  details: Launch,
): Promise<RunningChild | undefined> {
  for (let failures = 0; !signals.isEnding(); failures += 1) {
    const child = program.spawn(details)
    if (child.process.pid !== undefined) return child
    const failure = await child.ended.then(() => undefined).catch((error: Error) => error)
    if (failure === undefined) return child // a command that cannot be executed counts as ended
    if (failures === 0) log.fault(`${failure.message.replace(/^launchChild\(\): /, '')} · trying again`)
    await pause(doublingPause(failures), signals)
  }
  return undefined
}
