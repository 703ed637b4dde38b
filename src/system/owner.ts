/**
 * Identifies a process so that another one can tell whether it is still alive: after a reboot, or in
 * another container, the same pid is a different process.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { statFields } from './proc-stat.ts'

export interface Owner {
  /** The boot and the PID namespace in which the pid is valid. */
  readonly world: string
  readonly pid: number
  /** Start time on the system's own clock. Empty if unknown. */
  readonly start: string
}

/** Returns this process; its `world` is empty if unknown. */
export function self(): Owner {
  return { world: worldOf(), pid: process.pid, start: startOf(process.pid) ?? '' }
}

export const ownerName = ({ world, pid, start }: Owner): string => [world || 'unknown', pid, start].join('.')

/** Returns the process that a name stands for. Undefined for any other text. */
export function ownerIn(name: string): Owner | undefined {
  const [, world, pid, start] = /^([\w-]+)\.(\d+)\.(\d*)$/.exec(name) ?? []
  if (world === undefined || start === undefined) return undefined
  return { world, pid: Number(pid), start }
}

/** Returns `unknown` for another world: it may be a container or machine that shares the folder. */
export function lifeOf(
  owner: Owner,
  own: Owner,
  startNow: (pid: number) => string | undefined = startOf,
): 'alive' | 'dead' | 'unknown' {
  if (own.world === '' || owner.world !== own.world) return 'unknown'
  const start = startNow(owner.pid)
  return start === undefined || start !== owner.start ? 'dead' : 'alive'
}

/** Returns the start time, empty if unknown. Undefined if the process has ended. */
function startOf(pid: number): string | undefined {
  const [state = '', ...fields] = statFields(String(pid))
  if (state === 'Z' || state === 'X') return undefined
  if (state !== '') return fields[18] ?? '' // starttime of proc_pid_stat(5)
  try {
    process.kill(pid, 0)
    return ''
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? undefined : '' // EPERM: another user's
  }
}

function worldOf(): string {
  if (process.platform !== 'linux') return `${process.platform}-${hostname()}`.replace(/[^\w-]/g, '_')
  try {
    // If /proc is that of another PID namespace, its pids are not ours.
    if (readlinkSync('/proc/self') !== String(process.pid)) return ''
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replace(/[^0-9a-f]/g, '')
    const [, space] = /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid')) ?? []
    return boot === '' || space === undefined ? '' : `${boot}-${space}`
  } catch {
    return '' // no /proc
  }
}
