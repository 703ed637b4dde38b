/** All processes of this machine, as the system lists them. */
import { readdirSync } from 'node:fs'
import { statFields } from './proc-stat.ts'
import { ps } from './ps.ts'

export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** 0 if unknown. */
  readonly session: number
  /** Whether it has ended, but its parent has not collected its status yet. */
  readonly isZombie: boolean
  /** Distinguishes it from a later process with the same pid. */
  readonly startedAt: string
}

export function processTable(): ProcessRow[] {
  if (process.platform === 'win32') return []
  const pids = pidsInProc()
  return pids.length > 0 ? pids.flatMap(rowOf) : fromPs()
}

/** Returns all direct and indirect children of a process. */
export function descendantsOf(pid: number): ProcessRow[] {
  const table = processTable()
  const found: ProcessRow[] = []
  const parents = new Set([pid])
  for (let before = -1; before < found.length; ) {
    before = found.length
    for (const row of table) {
      if (parents.has(row.pid) || !parents.has(row.parent)) continue
      parents.add(row.pid)
      found.push(row)
    }
  }
  return found
}

/** Returns those that are still running. */
export function stillRunning(rows: readonly ProcessRow[]): ProcessRow[] {
  if (rows.length === 0) return []
  const now = new Map(processTable().map((row) => [row.pid, row]))
  return rows.filter(({ pid, startedAt }) => {
    const row = now.get(pid)
    return row !== undefined && row.startedAt === startedAt && !row.isZombie
  })
}

function rowOf(pid: number): ProcessRow[] {
  // state ppid pgrp session …; the start time is the 22nd field (proc_pid_stat(5)).
  const fields = statFields(String(pid))
  const [state, parent, group, session] = fields
  if (state === undefined) return [] // gone
  return [
    {
      pid,
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      isZombie: state === 'Z',
      startedAt: fields[19] ?? '',
    },
  ]
}

/** The process table of systems without /proc. */
function fromPs(): ProcessRow[] {
  return ps('pid=,ppid=,pgid=,stat=,lstart=').flatMap((line) => {
    const [pid, parent, group, state, ...startedAt] = line.split(/\s+/)
    if (pid === undefined || state === undefined) return []
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        session: 0,
        isZombie: state.startsWith('Z'),
        startedAt: startedAt.join(' '),
      },
    ]
  })
}

function pidsInProc(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []))
  } catch {
    return []
  }
}
