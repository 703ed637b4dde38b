/** A program that is no Node program: no module tells what it is made of, so directories are watched. */

import type { Settings } from '../../options/options.ts'
import { FIRST_LAUNCH } from '../../wire.ts'
import { type Family, socketsFor, treeOf } from '../first-child.ts'
import type { Tree } from '../held/watched-paths.ts'
import { type CommandLine, spawnCommand } from './spawn-command.ts'

export async function commandFamily(command: CommandLine, settings: Settings): Promise<Family> {
  if (settings.overlap)
    throw new TypeError(
      'launchChild(): the option "overlap" is for programs that call ready(), which a command cannot',
    )
  const sockets = await socketsFor(settings.listen)
  const tree = await treeOf(settings.watch ?? ['.'], command.cwd, settings, sockets)
  return {
    ...treeFamily(settings, tree),
    spawn: (launch) => spawnCommand(command, settings, sockets, launch ?? FIRST_LAUNCH),
    cleanUp() {
      tree.close()
      sockets.close()
    },
  }
}

/** What all programs have in common of which nothing but a tree is known. */
export const treeFamily = (settings: Settings, tree: Tree): Omit<Family, 'spawn' | 'cleanUp'> => ({
  settings,
  tree,
  canStandBy: false,
  entry: null,
  waitForChange: async () => ({ changed: tree.change(), stop: () => {} }),
  forget: () => {},
})
