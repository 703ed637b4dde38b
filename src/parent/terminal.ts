/** The terminal as the user left it: a child that is killed in raw mode does not put it back. */
import { spawn, spawnSync } from 'node:child_process'
import { isatty } from 'node:tty'
import { statFields } from '../system/proc-stat.ts'

export interface Terminal {
  readonly restore: () => void
  /** Whether its settings are those that were found; true without a terminal. */
  readonly isAsFound: () => Promise<boolean>
}

export function keepTerminal(): Terminal {
  if (!isatty(0)) return { restore: () => {}, isAsFound: async () => true }
  const found = settings()
  let known = ''
  void found.then((text) => (known = text))
  return {
    restore() {
      if (known !== '' && isInForeground())
        spawnSync('stty', [known], { stdio: ['inherit', 'ignore', 'ignore'] })
    },
    isAsFound: async () => (await settings()) === (await found),
  }
}

/** Node cannot read them; `stty -g` prints them in a form that stty accepts. Empty without stty. */
function settings(): Promise<string> {
  return new Promise((resolve) => {
    const stty = spawn('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'] })
    let text = ''
    stty.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    stty.on('error', () => resolve('')).on('close', () => resolve(text.trim()))
  })
}

/** A job in the background that sets the terminal is stopped by it (SIGTTOU), all its processes. */
export function isInForeground(): boolean {
  const [, , group, , , foreground] = statFields('self')
  return group === foreground // without /proc neither is known: most programs are
}
