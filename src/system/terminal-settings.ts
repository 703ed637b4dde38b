/**
 * Reads the terminal's settings with `stty -g`, whose output stty accepts, since Node cannot. Empty without a terminal, or
 * without stty. It gets a session of its own: a Ctrl-Z that stopped it between fork and exec would leave spawn() waiting for it.
 */
export async function terminalSettings(): Promise<string> {
  if (!process.getBuiltinModule('node:tty').isatty(0)) return ''
  const { spawn } = process.getBuiltinModule('node:child_process')
  return new Promise((resolve) => {
    const stty = spawn('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], detached: true })
    let text = ''
    stty.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    stty.on('error', () => resolve('')).on('close', () => resolve(text.trim()))
  })
}
