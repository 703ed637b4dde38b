import { statFields } from './proc-stat.ts'

/** A process that has closed its files is about to have a status: no longer than this, in ms. */
const MOMENT = 20

/**
 * Returns the number of the signal that has ended a child, of which nobody has collected the status yet:
 * call it when its last pipe has ended. Node has names for some of them only. Undefined if the system does
 * not tell.
 */
export function fatalSignal(pid: number): number | undefined {
  const end = performance.now() + MOMENT
  do {
    const fields = statFields(String(pid))
    if (fields[0] === 'Z') return Number(fields[49]) & 0x7f // exit_code of proc_pid_stat(5), as by wait(2)
    if (fields.length === 0) return undefined
  } while (performance.now() < end)
  return undefined
}
