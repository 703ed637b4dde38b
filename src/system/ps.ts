import { spawnSync } from 'node:child_process'

/** Asks ps(1), for systems without /proc: returns the lines for one process, or for all. */
export function ps(columns: string, pid?: number): string[] {
  const which = pid === undefined ? ['-A'] : ['-p', String(pid)]
  const { stdout } = spawnSync('ps', [...which, '-o', columns], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').flatMap((line) => line.trim() || [])
}
