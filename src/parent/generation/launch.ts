/** Launches generations: from the standby if there is one that begins, else cold. */

import { changesOf } from '../../protocol/change.ts'
import type { RunningChild } from '../programs/spawn-node.ts'
import type { Supervisor } from '../supervisor.ts'
import { attend, type Cause, type Generation } from './generation.ts'

/** The generation of the child that has been started already. */
export function first(parent: Supervisor, child: RunningChild, cause: Cause): Generation {
  parent.past.launches += 1
  return attend(child, parent, cause).generation
}

/** Launches the next generation, from the standby if there is one that begins. */
export async function launch(parent: Supervisor, cause: Cause): Promise<Generation> {
  parent.past.launches += 1
  parent.past.changes = changesOf(cause.reason)
  parent.program.tree?.beginAnew()
  const { isRebound = false, news = [] } = parent.program.refresh?.() ?? {}
  for (const text of news) parent.log.info(text)
  if (isRebound) await parent.standby.drop() // it holds what was there before
  const details = { generation: parent.past.launches, changes: changesOf(cause.reason) }
  const ready = parent.standby.launch(details)
  if (ready !== undefined) {
    const { hasStarted, generation } = attend(ready, parent, cause)
    if ((await hasStarted) || parent.signals.asked() !== undefined) return generation
    parent.log.debug(`standby ${ready.process.pid} did not begin`)
    ready.kill('SIGKILL')
    await generation.life // never two where one is meant
  }
  return attend(parent.program.spawn(details), parent, cause).generation
}
