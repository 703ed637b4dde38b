/** The door of the parent: a bundle of its own, which the other entries load. */
import {
  type LaunchOptions,
  type ProgramOptions,
  readOptions,
  readProgramOptions,
  type Settings,
} from './options/options.ts'
import { nodeProgram, type Program, startFirstChild } from './parent/first-child.ts'
import { relaunch } from './parent/loop.ts'
import { commandProgram } from './parent/programs/command-program.ts'
import type { Start } from './parent/programs/node-command.ts'
import type { CommandLine } from './parent/programs/spawn-command.ts'
import type { Ending } from './protocol/exit.ts'

export { NO_SOCKETS, type Program, startFirstChild } from './parent/first-child.ts'
export { watchPaths } from './parent/held/watched-paths.ts'
export { relaunch } from './parent/loop.ts'
export { watchedProgram } from './parent/programs/command-program.ts'
export { spawnCommand } from './parent/programs/spawn-command.ts'

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
  const settings = readProgramOptions(options)
  return relaunch(startFirstChild(await programOf(target, settings)))
}

/** The work of `launchChild()`: the program that calls it. */
export async function launchApp(start: Start, options: LaunchOptions): Promise<Ending> {
  return relaunch(startFirstChild(await nodeProgram(start, readOptions(options))))
}

const programOf = (target: LaunchTarget, settings: Settings): Promise<Program> =>
  target.is === 'node' ? nodeProgram(target, settings) : commandProgram(target, settings)
