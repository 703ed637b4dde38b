/**
 * Names a process so that another one can tell whether it still lives: a pid alone means another
 * process after a restart of the machine, and in another container.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { statFields } from './proc-stat.ts'

export interface Owner {
  /** The running system and the PID namespace: only there the pid means something. */
  readonly world: string
  readonly pid: number
  /** When it started, in the system's own clock; empty where that cannot be told. */
  readonly start: string
}

/** This process; `world` is empty where it cannot be told. */
export function self(): Owner {
  return { world: worldOf(), pid: process.pid, start: startOf(process.pid) ?? '' }
}

export const ownerName = ({ world, pid, start }: Owner): string => [world || 'unknown', pid, start].join('.')

export function ownerIn(name: string): Owner | undefined {
  const [, world, pid, start] = /^([\w-]+)\.(\d+)\.(\d*)$/.exec(name) ?? []
  if (world === undefined || start === undefined) return undefined
  return { world, pid: Number(pid), start }
}

/** `unknown` for one of another world: it may be a container or a machine that shares the folder. */
export function lifeOf(
  owner: Owner,
  own: Owner,
  startNow: (pid: number) => string | undefined = startOf,
): 'alive' | 'dead' | 'unknown' {
  if (own.world === '' || owner.world !== own.world) return 'unknown'
  const start = startNow(owner.pid)
  return start === undefined || start !== owner.start ? 'dead' : 'alive'
}

/** Undefined for a process that has ended; empty where the system tells no start. */
function startOf(pid: number): string | undefined {
  const [state = '', ...fields] = statFields(String(pid))
  if (state === 'Z' || state === 'X') return undefined
  if (state !== '') return fields[18] ?? '' // starttime of proc_pid_stat(5)
  try {
    process.kill(pid, 0)
    return ''
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? undefined : '' // EPERM: somebody else's
  }
}

function worldOf(): string {
  if (process.platform !== 'linux') return `${process.platform}-${hostname()}`.replace(/[^\w-]/g, '_')
  try {
    // In a namespace that sees the /proc of another one, pids mean something else there.
    if (readlinkSync('/proc/self') !== String(process.pid)) return ''
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replace(/[^0-9a-f]/g, '')
    const [, space] = /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid')) ?? []
    return boot === '' || space === undefined ? '' : `${boot}-${space}`
  } catch {
    return '' // no /proc
  }
}
