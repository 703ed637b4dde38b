/** Restores the terminal's settings: a child that is killed in raw mode does not. */
import { spawn, spawnSync } from 'node:child_process'
import { isatty } from 'node:tty'
import { statFields } from '../system/proc-stat.ts'
import { ps } from '../system/ps.ts'

export interface Terminal {
  /** Resolves when the original settings are known. */
  readonly isRead: Promise<unknown>
  readonly restore: () => void
  /** Whether the settings are the original ones; true without a terminal. */
  readonly isAsFound: () => Promise<boolean>
}

export function keepTerminal(): Terminal {
  if (!isatty(0)) return { isRead: Promise.resolve(), restore: () => {}, isAsFound: async () => true }
  const found = settings()
  let known = ''
  void found.then((text) => (known = text))
  return {
    isRead: found,
    restore() {
      if (known !== '' && isInForeground())
        spawnSync('stty', [known], { stdio: ['inherit', 'ignore', 'ignore'] })
    },
    isAsFound: async () => (await settings()) === (await found),
  }
}

/**
 * Reads them with `stty -g`, whose output stty accepts, since Node cannot. Empty without stty. It gets a
 * session of its own: a Ctrl-Z that stopped it between fork and exec would leave spawn() waiting for it.
 */
function settings(): Promise<string> {
  return new Promise((resolve) => {
    const stty = spawn('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], detached: true })
    let text = ''
    stty.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    stty.on('error', () => resolve('')).on('close', () => resolve(text.trim()))
  })
}

/** A background job that changes the terminal's settings is stopped, with all its processes (SIGTTOU). */
export function isInForeground(): boolean {
  const [, , group, , , foreground] = statFields('self')
  if (group !== undefined || process.platform === 'win32') return group === foreground
  const [line = ''] = ps('pgid=,tpgid=', process.pid)
  const [own, shown] = line.split(/\s+/)
  return own === shown // also true if ps fails
}
