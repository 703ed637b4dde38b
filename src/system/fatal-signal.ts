import { monotonic } from './monotonic.ts'
import { statFields } from './proc-stat.ts'

/** Longest time from the closing of a process's files to its status, in ms. */
const MOMENT = 20

/**
 * Returns the number of the signal that has ended a child, whose status has not been collected yet:
 * call it when its last pipe has ended. Node has names only for some signals. Undefined if the system does
 * not show it.
 */
export function fatalSignal(pid: number): number | undefined {
  const end = monotonic() + MOMENT
  do {
    const fields = statFields(String(pid))
    if (fields[0] === 'Z') return Number(fields[49]) & 0x7f // exit_code of proc_pid_stat(5), as by wait(2)
    if (fields.length === 0) return undefined
  } while (monotonic() < end)
  return undefined
}
