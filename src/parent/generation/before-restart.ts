/** What comes before a restart: a clear screen, and what the user wants done (`clearScreen`, `onRestart`). */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { LONGEST_TIMER } from '../../options/kinds.ts'
import { CHANGES_VARIABLE, type Change, changesVariable } from '../../protocol/change.ts'
import { exitOf } from '../../protocol/exit.ts'
import { withVariables } from '../../system/variables.ts'
import type { Supervisor } from '../supervisor.ts'

type Needs = Pick<Supervisor, 'settings' | 'log' | 'signals'>

/** Resolves when the option `onRestart` is done, or a signal came meanwhile. */
export async function beforeRestart(changes: readonly Change[], supervisor: Needs): Promise<void> {
  const { settings, log } = supervisor
  if (settings.clearScreen) clearScreen()
  if (settings.onRestart === null) return
  // Nothing else may keep this process alive: there is no child now.
  const alive = setInterval(() => {}, LONGEST_TIMER)
  try {
    if (typeof settings.onRestart === 'string') await runCommand(settings.onRestart, changes, supervisor)
    else await settings.onRestart([...changes])
  } catch (error) {
    log.warn(`the option onRestart failed: ${error instanceof Error ? error.stack : error}`)
  } finally {
    clearInterval(alive)
  }
}

/** Erases the screen and its scrollback. */
function clearScreen(): void {
  const terminal = [process.stdout, process.stderr].find((stream) => stream.isTTY)
  terminal?.write('\x1b[2J\x1b[3J\x1b[H')
}

async function runCommand(
  line: string,
  changes: readonly Change[],
  { settings, log, signals }: Needs,
): Promise<void> {
  const command = spawn(line, {
    shell: true,
    stdio: [settings.stdin, 'inherit', 'inherit'],
    env: withVariables(process.env, { ...settings.env, [CHANGES_VARIABLE]: changesVariable(changes) }),
  })
  const ended = once(command, 'exit')
  // A signal that ends the program also ends this command.
  void signals.interrupted().then(() => command.kill())
  const { code, signal } = exitOf(...((await ended) as Parameters<typeof exitOf>))
  if (code === 0 || signals.pending() !== undefined) return
  log.warn(
    `the command of onRestart ${signal === null ? `exited with ${code}` : `was ended by ${signal}`}: ${line}`,
  )
}
