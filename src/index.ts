/**
 * exit75, the cooperative restarter: a parent process relaunches the program for as long as it
 * exits with 75; in the child, `shouldRestart()` turns true once the code on disk has changed.
 */

export { type DrainOptions, drain } from './app/drain.ts'
export { listenOn, savedState, saveState, watch } from './app/lazy.ts'
export { onRestart, ready, requestRestart, restartSignal, shouldRestart } from './app/questions.ts'
export { launchChild } from './launch.ts'
export type { LaunchOptions } from './options/options.ts'
export type { ListenAddress } from './protocol/address.ts'
export { type Change, RestartRequested } from './protocol/change.ts'
export { type Ending, EX_TEMPFAIL } from './protocol/exit.ts'
export { CHILD, changes, generation, PARENT } from './role.ts'
