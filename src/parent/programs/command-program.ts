/** A program that is no Node program: no module tells what it is made of, so directories are watched. */

import type { Settings } from '../../options/options.ts'
import { FIRST_LAUNCH } from '../../protocol/child-config.ts'
import { type Program, socketsFor, watchedPathsOf } from '../first-child.ts'
import type { WatchedPaths } from '../held/watched-paths.ts'
import { type CommandLine, spawnCommand } from './spawn-command.ts'

export async function commandProgram(command: CommandLine, settings: Settings): Promise<Program> {
  if (settings.overlap)
    throw new TypeError(
      'launchChild(): the option "overlap" is for programs that call ready(), which a command cannot',
    )
  const sockets = await socketsFor(settings.listen)
  const tree = await watchedPathsOf(settings.watch ?? ['.'], command.cwd, settings, sockets)
  return {
    ...watchedProgram(settings, tree),
    spawn: (launch) => spawnCommand(command, settings, sockets, launch ?? FIRST_LAUNCH),
    refresh: sockets.refresh,
    cleanUp() {
      tree.close()
      sockets.close()
    },
  }
}

/** What all programs have in common of which nothing but a tree is known. */
export const watchedProgram = (
  settings: Settings,
  tree: WatchedPaths,
): Omit<Program, 'spawn' | 'cleanUp'> => ({
  settings,
  tree,
  canStandBy: false,
  entry: null,
  waitForChange: async () => ({ changed: tree.change(), stop: () => {} }),
  forget: () => {},
})
