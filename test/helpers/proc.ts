/** What Linux tells about a process (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs'

/** Processor time used so far, in clock ticks of 10 ms. */
export function ticksOf(pid: number): number {
  const [, , , , , , , , , , , user, system] = fieldsOf(pid)
  return Number(user) + Number(system)
}

export const stateOf = (pid: number): string => fieldsOf(pid)[0] as string
export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
export const threadsOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).length

/** The fields of `stat` behind the name, which may hold anything. */
function fieldsOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
}
