/** Ends a process that was not started by the parent itself, or whose parent is gone. */
import { writeSync } from 'node:fs'
import { statFields } from '../system/proc-stat.ts'

/** `parent`: the pid of the exit75 that wrote the configuration of this process. */
export function endUnlessOf(parent: number): void {
  if (process.ppid === parent) return
  const [, above] = statFields(String(process.ppid))
  // It has died during the boot, when no watcher thread could notice it yet.
  if (above !== String(parent)) return void process.kill(process.pid, 'SIGTERM')
  writeSync(2, `[exit75] ${WRAPPED}\n`)
  process.exit(1)
}

const WRAPPED =
  'node was started by another process, not by exit75, which cannot follow it then · a script in place of node ends with: exec node "$@"'
