import { readFileSync } from 'node:fs'

/** State, parent, group, session, terminal … of a process (proc_pid_stat(5)); empty if it is gone, or there is no /proc. */
export function statFields(pid: string): string[] {
  try {
    // pid (name) state ppid pgrp session tty tpgid; the name may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  } catch {
    return []
  }
}
