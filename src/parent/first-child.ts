/**
 * The first child is started before the rest of the parent is loaded: both take their time at once.
 * So this file imports what a child needs to be started, and what a signal needs to reach it.
 */

import type { Settings } from '../options/options.ts'
import { FIRST_LAUNCH, type Launch, type Reason } from '../wire.ts'
import { keepStates } from './held/state-directory.ts'
import type { Tree } from './held/watched-paths.ts'
import type { Relations } from './programs/child-config.ts'
import { commandOf, giveUpInspector, type Start } from './programs/node-command.ts'
import { refuseOtherRuntimes } from './programs/other-runtimes.ts'
import { type RunningChild, spawnChild } from './programs/spawn-node.ts'
import { receiveSignals, type Signals } from './signals.ts'

/** What all children have in common, whatever kind of program they are. */
export interface Family {
  readonly settings: Settings
  /** Starts the next child; null: one that stands by. */
  readonly spawn: (launch: Launch | null) => RunningChild
  /** Whether a child can be kept booted ahead. */
  readonly canStandBy: boolean
  /** The file that the program begins with, if that is known. */
  readonly entry: string | null
  /** The directories that are watched from here, if any. */
  readonly tree?: Tree
  /** What the user should know about it. */
  readonly warning?: string
  /** While no child runs: resolves when something of the last generation, or near it, has changed. */
  readonly waitForChange: (loaded: ReadonlyMap<string, string>) => Promise<Wait>
  /** Drops what this generation has kept for the next. */
  readonly forget: (generation: number) => void
  /** Leaves nothing on disk, nor anything else when it has resolved. */
  readonly cleanUp: () => unknown
}

export interface Wait {
  readonly changed: Promise<Reason>
  readonly stop: () => void
}

export interface Beginning {
  readonly family: Family
  readonly signals: Signals
  readonly child: RunningChild
}

export function startFirstChild(family: Family): Beginning {
  const signals = receiveSignals(family.settings)
  try {
    family.tree?.beginAnew()
    const child = family.spawn(FIRST_LAUNCH)
    signals.aim(child, () => {})
    return { family, signals, child }
  } catch (error) {
    signals.close()
    family.cleanUp()
    throw error
  }
}

/** A program that Node runs. Throws, with nothing left behind, for whatever makes a launch impossible. */
export async function nodeFamily(start: Start, settings: Settings): Promise<Family> {
  refuseOtherRuntimes()
  const command = commandOf(start, settings.env)
  const sockets = await socketsFor(settings.listen)
  const states = keepStates()
  const relations: Relations = { command, settings, sockets, states }
  const tree =
    settings.watch === null ? undefined : await treeOf(settings.watch, start.cwd, settings, sockets)
  giveUpInspector()
  return {
    settings,
    ...(tree && { tree }),
    spawn: (launch) => spawnChild(relations, launch),
    canStandBy: !command.isObserved,
    entry: command.entry,
    ...(sockets.warning === undefined ? {} : { warning: sockets.warning }),
    async waitForChange(loaded) {
      const { waitForFix } = await import('./generation/wait-for-fix.ts')
      const { changed, stop } = waitForFix(loaded, settings)
      return { changed: tree === undefined ? changed : Promise.race([changed, tree.change()]), stop }
    },
    forget: states.forget,
    cleanUp() {
      tree?.close()
      sockets.close()
      states.remove()
    },
  }
}

export async function socketsFor(addresses: Settings['listen']): Promise<Relations['sockets']> {
  if (addresses.length === 0 && process.env.LISTEN_FDS === undefined) return NO_SOCKETS
  const { bindSockets } = await import('./held/sockets.ts')
  return bindSockets(addresses)
}

export async function treeOf(
  watch: readonly string[],
  directory: string,
  settings: Settings,
  sockets: Relations['sockets'],
): Promise<Tree> {
  const { keepTree } = await import('./held/watched-paths.ts')
  try {
    return keepTree(watch, directory, settings)
  } catch (error) {
    sockets.close()
    throw error
  }
}

export const NO_SOCKETS: Relations['sockets'] = { fds: [], names: [], places: {}, files: [], close: () => {} }
