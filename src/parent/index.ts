/** The parent's entry point: a separate bundle, which the other entries load when they launch something. */
import type { EarlyChild } from '../early-child.ts'
import { configured } from '../options/config.ts'
import {
  type LaunchOptions,
  type ProgramOptions,
  readOptions,
  readProgramOptions,
  type Settings,
} from '../options/options.ts'
import type { Ending } from '../protocol/exit.ts'
import type { ParentRole } from '../registry.ts'
import type { Start } from '../system/node-start.ts'
import { watchPaths } from './held/watched-paths.ts'
import { relaunch } from './loop.ts'
import { commandProgram } from './programs/command-program.ts'
import type { CommandLine } from './programs/spawn-command.ts'
import { waitForFix } from './programs/wait-for-fix.ts'
import { type Started, startFirst, startFirstOfNode } from './start.ts'

export { NO_SOCKETS } from './held/sockets.ts'
export type { Listener, TreeSettings, WatchedPaths } from './held/watched-paths.ts'
export { watchedProgram } from './programs/command-program.ts'
export { endCommand } from './programs/end-command.ts'
export { startGuard } from './programs/guard.ts'
export type { Program } from './programs/program.ts'
export { type CommandLine, spawnCommand } from './programs/spawn-command.ts'
export { relaunch, startFirst, waitForFix, watchPaths }

/** A program that can be launched from outside. */
export type LaunchTarget =
  /** A Node program: the files it loads are watched. */
  | ({ readonly is: 'node' } & Start)
  /** Any other program: directories are watched. */
  | ({ readonly is: 'command' } & CommandLine)

/**
 * Launches a program that may know nothing of exit75, and again when its files change: one that imports
 * exit75 is asked to exit, any other is ended by a signal. Otherwise like `launchChild()`.
 */
export async function launchProgram(target: LaunchTarget, options: ProgramOptions): Promise<Ending> {
  const settings = readProgramOptions(options)
  const first =
    target.is === 'node' ? firstOfNode(target, settings) : commandProgram(target, settings).then(startFirst)
  return relaunch(await first)
}

/** Implements `launchChild()`: launches the calling program, which may ask for restarts through its role. */
export async function launchApp(
  app: Start,
  options: LaunchOptions,
  role: ParentRole,
  early: EarlyChild | undefined,
): Promise<Ending> {
  const settings = readOptions(configured(app.cwd, options))
  return relaunch(await firstOfNode(app, settings, early), { role })
}

const firstOfNode = (target: Start, settings: Settings, early?: EarlyChild): Promise<Started> =>
  startFirstOfNode(target, settings, {
    watch: () => ({ waitForFix, watchPaths }),
    early,
    isCommand: false,
  })
