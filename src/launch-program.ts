import type { ProgramOptions } from './options/options.ts'
import type { Start } from './parent/programs/node-command.ts'
import type { CommandLine } from './parent/programs/spawn-command.ts'
import type { Ending } from './protocol/exit.ts'

/** What can be launched from outside. */
export type LaunchTarget =
  /** A program that Node runs: what it loads is watched. */
  | ({ readonly is: 'node' } & Start)
  /** Any other: directories are watched. */
  | ({ readonly is: 'command' } & CommandLine)

/**
 * Launches a program that may never have heard of exit75, and again when its files change: one that
 * imports exit75 is asked, any other one is ended by a signal. Otherwise as `launchChild()`.
 */
export async function launchProgram(target: LaunchTarget, options: ProgramOptions): Promise<Ending> {
  const { commandProgram, nodeProgram, relaunch } = await import('./parent/index.ts')
  const { readProgramOptions } = await import('./options/options.ts')
  const settings = readProgramOptions(options)
  const isNode = target.is === 'node'
  return relaunch(await (isNode ? nodeProgram(target, settings) : commandProgram(target, settings)))
}
