/** Waits at the end of this process for children that are cleaning up. */
import { monotonic } from '../system/monotonic.ts'
import type { RunningChild } from './programs/program.ts'

/** Windows ends the children of a Node process with it, but not their children. */
export const CHILDREN_END_TOO: boolean = process.platform === 'win32'

/** How often to look, in ms. */
const LOOK_EVERY = 10

/** Blocks until all of them are gone, or for `time`, in ms: an exiting process waits for nothing asynchronous. */
export function waitForEnd(children: readonly RunningChild[], time: number): void {
  const end = monotonic() + time
  const memory = new Int32Array(new SharedArrayBuffer(4))
  while (children.some(isRunning) && monotonic() < end) Atomics.wait(memory, 0, 0, LOOK_EVERY)
}

function isRunning({ process: { pid } }: RunningChild): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}
