/** Launches generations: from the standby if there is one that begins, else cold. */
import { changesOf } from '../../protocol/change.ts'
import type { RunningChild } from '../programs/program.ts'
import type { Supervisor } from '../supervisor.ts'
import { type Cause, type Generation, runGeneration } from './generation.ts'

/** The generation of the child that has been started already. */
export function first(supervisor: Supervisor, child: RunningChild, cause: Cause): Generation {
  supervisor.history.launches += 1
  return runGeneration(child, supervisor, cause)
}

export async function launch(supervisor: Supervisor, cause: Cause): Promise<Generation> {
  const { history, program, standby, log } = supervisor
  const changes = changesOf(cause.reason)
  history.launches += 1
  history.changes = changes
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
    await generation.over // never two where one is meant
  }
  return runGeneration(program.spawn(details), supervisor, cause)
}
