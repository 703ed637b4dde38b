/** Starts a process; whatever prevents that is told in one way. */
import { ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/**
 * As spawn(), which throws some errors and tells others later: here all of them come as the event
 * `error` in the next turn, and the process has no pid.
 */
export function startProcess(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options)
  } catch (error) {
    const child = new ChildProcess()
    process.nextTick(() => child.emit('error', error))
    return child
  }
}

/** It could not be started for want of something that may be there later: descriptors, memory, processes. */
export const isShortage = (error: NodeJS.ErrnoException): boolean => SHORTAGES.has(error.code ?? '')
const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOBUFS'])
