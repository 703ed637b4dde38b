/** The end of this process, while children are cleaning up. */
import type { RunningChild } from './programs/program.ts'

/** Windows ends what a Node process has started (not what that has started) with the process. */
export const CHILDREN_END_TOO: boolean = process.platform === 'win32'

/** How often to look, in ms. */
const LOOK_EVERY = 10

/** Returns when all of them are gone, or after `time`, in ms. Blocks: at its exit a process waits for nothing else. */
export function waitForEnd(children: readonly RunningChild[], time: number): void {
  const end = performance.now() + time
  const memory = new Int32Array(new SharedArrayBuffer(4))
  while (children.some(isRunning) && performance.now() < end) Atomics.wait(memory, 0, 0, LOOK_EVERY)
}

function isRunning({ process: { pid } }: RunningChild): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}
