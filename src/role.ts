/** Which process this is: what the app sees of the role that all copies of this package share. */
import { findRole } from './find-role.ts'
import type { Change } from './protocol/change.ts'
import type { Role } from './registry.ts'

export const role: Role = findRole()

/**
 * True in the process that is to call `launchChild()`. False in the child, with `EXIT75=off` in the
 * environment, in a cluster worker, and in a worker thread.
 */
export const PARENT: boolean = role.is === 'parent'

/** True in a process that `launchChild()` started, and in its worker threads; not in what it starts itself. */
export const CHILD: boolean = role.is === 'child'

/** Which launch this is: 1, 2, 3 … in the child, 0 elsewhere. */
export let generation: number = role.is === 'child' ? role.launch.generation : 0

/**
 * What caused this launch; after a crash, what may have mended it. Empty in the first generation, when
 * somebody asked for the restart or the app exited with 75 by itself, and outside the child.
 */
export const changes = (): Change[] => (role.is === 'child' ? [...role.launch.changes] : [])

/** A standby loads this ahead: nothing of the app has seen the value of before. */
if (role.is === 'child' && generation === 0)
  role.copies.push((launch) => {
    generation = launch.generation
  })
