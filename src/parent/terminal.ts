/** The terminal as the user left it: a child that is killed in raw mode does not put it back. */
import { spawn, spawnSync } from 'node:child_process'
import { isatty } from 'node:tty'

/** Notes the terminal's settings, and gives back the way to restore them. */
export function keepTerminal(): () => void {
  let settings = ''
  if (isatty(0)) {
    // Node cannot read them; stty(1) writes them in a form that it takes back.
    const stty = spawn('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'] })
    stty.stdout.setEncoding('utf8').on('data', (text: string) => (settings += text.trim()))
    stty.on('error', () => {}) // no stty: a terminal that nobody can restore
  }
  return () => {
    if (settings !== '') spawnSync('stty', [settings], { stdio: ['inherit', 'ignore', 'ignore'] })
  }
}
