import type { ProgramOptions, Settings } from './options/options.ts'
import type { Program } from './parent/first-child.ts'
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
export async function launchProgram(program: LaunchTarget, options: ProgramOptions): Promise<Ending> {
  const { startFirstChild } = await import('./parent/first-child.ts')
  const { readProgramOptions } = await import('./options/options.ts')
  const settings = readProgramOptions(options)
  const firstStart = startFirstChild(await familyOf(program, settings))
  const { relaunch } = await import('./parent/loop.ts')
  return relaunch(firstStart)
}

async function familyOf(program: LaunchTarget, settings: Settings): Promise<Program> {
  const { nodeProgram } = await import('./parent/first-child.ts')
  if (program.is === 'node') return nodeProgram(program, settings)
  const { commandProgram } = await import('./parent/programs/command-program.ts')
  return commandProgram(program, settings)
}
