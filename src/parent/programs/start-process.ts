/** Starts a process, and reports all failures in the same way. */
import { ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { startedByCmd } from '../../system/windows-command.ts'

/**
 * Like spawn(), which throws some errors and emits others: here all of them are emitted as `error` in the
 * next tick, and the process has no pid.
 */
export function startProcess(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    const started = startedByCmd({ file, args, options })
    return spawn(started.file, started.args, started.options)
  } catch (error) {
    const child = Object.assign(new ChildProcess(), { spawnfile: file })
    process.nextTick(() => child.emit('error', error))
    return child
  }
}
