/** A program that Node does not run: nothing reports which files it loads, so directories are watched. */
import { basename } from 'node:path'
import type { Settings } from '../../options/options.ts'
import { FIRST_LAUNCH } from '../../protocol/child-config.ts'
import { bindSockets } from '../held/sockets.ts'
import { type WatchedPaths, watchPaths } from '../held/watched-paths.ts'
import { titleOfCommand } from '../start-line.ts'
import { startGuard } from './guard.ts'
import { orClose, type Program } from './program.ts'
import { type CommandLine, spawnCommand } from './spawn-command.ts'

export async function commandProgram(command: CommandLine, settings: Settings): Promise<Program> {
  if (settings.overlap)
    throw new TypeError(
      'launchChild(): the option "overlap" is for programs that call ready(), which a command cannot',
    )
  const sockets = await bindSockets(settings.listen)
  const watchedPaths = orClose(sockets, () => watchPaths(settings.watch ?? ['.'], command.cwd, settings))
  const guard = startGuard(settings)
  return {
    ...watchedProgram(settings, watchedPaths),
    title: { text: titleOfCommand([command.argv0 ?? command.file, ...command.args]), isNode: false },
    ignoresHangup: isUnderNohup(process.env),
    spawn: (launch) => spawnCommand(command, settings, sockets, guard, launch ?? FIRST_LAUNCH),
    refresh: sockets.refresh,
    cleanUp() {
      watchedPaths.close()
      sockets.close()
      return guard.dismiss()
    },
  }
}

/**
 * Node resets what nohup(1) has set, for itself and for its children. What remains is the name of the
 * command that the shell has run. Under nohup a Node program ends by SIGHUP, with exit75 or without.
 */
const isUnderNohup = ({ _: command = '' }: NodeJS.ProcessEnv): boolean => basename(command) === 'nohup'

/** A program about which only the directories are known. */
export const watchedProgram = (
  settings: Settings,
  watchedPaths: WatchedPaths,
): Omit<Program, 'spawn' | 'cleanUp'> => ({
  settings,
  watchedPaths,
  keepsStandby: false,
  entry: null,
  title: { text: 'a function', isNode: false },
  waitForChange: async () => ({ changed: watchedPaths.change(), stop: () => {} }),
  forget: () => {},
})
