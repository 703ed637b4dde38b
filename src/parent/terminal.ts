/** Restores the terminal's settings: a child that is killed in raw mode does not. */
import { spawnSync } from 'node:child_process'
import { statFields } from '../system/proc-stat.ts'
import { ps } from '../system/ps.ts'
import { terminalSettings } from '../system/terminal-settings.ts'

export interface Terminal {
  readonly restore: () => void
  /** Whether the settings are the original ones; true without a terminal. */
  readonly isAsFound: () => Promise<boolean>
}

/** `found`: the original settings. */
export function keepTerminal(found: Promise<string> = terminalSettings()): Terminal {
  let known = ''
  void found.then((text) => (known = text))
  return {
    restore() {
      if (known !== '' && isInForeground())
        spawnSync('stty', [known], { stdio: ['inherit', 'ignore', 'ignore'] })
    },
    isAsFound: async () => (await terminalSettings()) === (await found),
  }
}

/** A background job that changes the terminal's settings is stopped, with all its processes (SIGTTOU). */
export function isInForeground(): boolean {
  const [, , group, , , foreground] = statFields('self')
  if (group !== undefined || process.platform === 'win32') return group === foreground
  const [line = ''] = ps('pgid=,tpgid=', process.pid)
  const [own, shown] = line.split(/\s+/)
  return own === shown // also true if ps fails
}
