/** Launches generations: from the standby if there is one that begins, else cold. */

import type { RunningChild } from '../programs/spawn-node.ts'
import type { Parent } from '../supervisor.ts'
import { attend, type Cause, type Generation } from './generation.ts'

/** The generation of the child that has been started already. */
export function first(parent: Parent, child: RunningChild, cause: Cause): Generation {
  parent.past.launches += 1
  return attend(child, parent, cause).generation
}

/** Launches the next generation, from the standby if there is one that begins. */
export async function launch(parent: Parent, cause: Cause): Promise<Generation> {
  parent.past.launches += 1
  parent.past.changes = cause.reason.changes
  parent.family.tree?.beginAnew()
  const details = { generation: parent.past.launches, changes: cause.reason.changes }
  const ready = parent.standby.launch(details)
  if (ready !== undefined) {
    const { hasBegun, generation } = attend(ready, parent, cause)
    if ((await hasBegun) || parent.signals.asked() !== undefined) return generation
    parent.log.debug(`standby ${ready.process.pid} did not begin`)
    ready.kill('SIGKILL')
    await generation.life // never two where one is meant
  }
  return attend(parent.family.spawn(details), parent, cause).generation
}
