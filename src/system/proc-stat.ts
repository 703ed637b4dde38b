import { readFileSync } from 'node:fs'

/** Returns state, parent, group, session, terminal … (proc_pid_stat(5)). Empty if gone, or without /proc. */
export function statFields(pid: string): string[] {
  try {
    // pid (name) state ppid pgrp session tty tpgid; the name may contain anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  } catch {
    return []
  }
}
