import type { ProgramOptions, Settings } from './options/options.ts'
import type { Family } from './parent/first-child.ts'
import type { Start } from './parent/programs/node-command.ts'
import type { CommandLine } from './parent/programs/spawn-command.ts'
import type { Ending } from './wire.ts'

/** What can be launched from outside. */
export type Program =
  /** A program that Node runs: what it loads is watched. */
  | ({ readonly is: 'node' } & Start)
  /** Any other: directories are watched. */
  | ({ readonly is: 'command' } & CommandLine)

/**
 * Launches a program that may never have heard of exit75, and again when its files change: one that
 * imports exit75 is asked, any other one is ended by a signal. Otherwise as `launchChild()`.
 */
export async function launchProgram(program: Program, options: ProgramOptions): Promise<Ending> {
  const { startFirstChild } = await import('./parent/first-child.ts')
  const { readProgramOptions } = await import('./options/options.ts')
  const settings = readProgramOptions(options)
  const beginning = startFirstChild(await familyOf(program, settings))
  const { relaunch } = await import('./parent/loop.ts')
  return relaunch(beginning)
}

async function familyOf(program: Program, settings: Settings): Promise<Family> {
  const { nodeFamily } = await import('./parent/first-child.ts')
  if (program.is === 'node') return nodeFamily(program, settings)
  const { commandFamily } = await import('./parent/programs/command-program.ts')
  return commandFamily(program, settings)
}
