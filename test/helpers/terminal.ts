/**
 * An interactive shell in a real pseudo-terminal (util-linux `script`). What is typed goes through
 * the terminal: Ctrl-C and Ctrl-Z become signals to the foreground process group, as at a keyboard.
 */
import type { SpawnOptions } from 'node:child_process'
import { type Run, startCommand } from './start.ts'

export const CTRL_C = '\x03'
export const CTRL_Z = '\x1a'

export interface Terminal extends Run {
  /** Types a command line, and Enter. */
  readonly enter: (command: string) => void
  /** Waits for the prompt, which shows how the last command ended. */
  readonly prompt: () => Promise<number>
}

/** `$NODE` is the Node that runs the test. */
export async function terminal(
  t: Parameters<typeof startCommand>[0],
  options: SpawnOptions = {},
): Promise<Terminal> {
  const shell = ['-qec', 'bash --norc --noprofile --noediting -i', '/dev/null']
  const run = startCommand(t, 'script', shell, {
    ...options,
    env: { NODE: process.execPath, TERM: 'dumb', HISTFILE: '', NO_COLOR: '1', ...options.env },
  })
  const enter = (command: string) => run.type(`${command}\n`)
  const prompt = async () => Number((await run.says(/\[status (\d+)\] /))[1])
  // No echo, and lines that end as in a pipe: the output is what the programs say.
  enter('stty -echo -onlcr; PS1="[status \\$?] "')
  await prompt()
  return { ...run, enter, prompt }
}
