/** Which process this is: the public view of the role that all copies of this package share. */
import { findRole } from './find-role.ts'
import type { Change } from './protocol/change.ts'
import type { Role } from './registry.ts'

export const role: Role = findRole()

/**
 * True in the process that should call `launchChild()`. False in the child, with `EXIT75=off` in the
 * environment, in a cluster worker, and in a worker thread.
 */
export const PARENT: boolean = role.is === 'parent'

/** True in a process that `launchChild()` started, and in its worker threads, but not in its children. */
export const CHILD: boolean = role.is === 'child'

/** Which launch this is: 1, 2, 3 … in the child, 0 elsewhere. */
export let generation: number = role.is === 'child' ? role.launch.generation : 0

/**
 * Returns the changes that caused this launch; after a crash, those that may have fixed it. Empty in the
 * first generation, if the restart was requested, if the app exited with 75 by itself, and outside the
 * child.
 */
export const changes = (): Change[] => (role.is === 'child' ? [...role.launch.changes] : [])

// A standby loads this module ahead: none of the app's code has seen the earlier value.
if (role.is === 'child' && generation === 0)
  role.copies.push((launch) => {
    generation = launch.generation
  })
