/**
 * exit75, the cooperative restarter: a parent process relaunches the program for as long as it
 * exits with 75; in the child, `shouldRestart()` turns true once the code on disk has changed.
 */

import './system/check-node.ts'
import { trackConnections } from './app/connections.ts'
import { reportPortsInUse } from './app/in-use.ts'
import { CHILD, PARENT } from './role.ts'

export { type DrainOptions, drain } from './app/drain.ts'
export { listenOn } from './app/listen-on.ts'
export { onRestart, ready, requestRestart, restartSignal, shouldRestart } from './app/questions.ts'
export { savedState, saveState } from './app/state.ts'
export { watch } from './app/watch.ts'
export { launchChild } from './launch.ts'
export type { LaunchOptions } from './options/options.ts'
export type { ListenAddress } from './protocol/address.ts'
export { type Change, RestartRequested } from './protocol/change.ts'
export { type Ending, EX_TEMPFAIL } from './protocol/exit.ts'
export { CHILD, changes, generation, PARENT } from './role.ts'

// Open connections can only be tracked from a server's start, so this begins wherever drain() may be called.
if (!PARENT) trackConnections()
if (CHILD) reportPortsInUse()
