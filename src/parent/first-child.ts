/**
 * The first child is started before the rest of the parent is loaded: both take their time at once.
 * So this file imports what a child needs to be started, and what a signal needs to reach it.
 */

import type { Settings } from '../options/options.ts'
import type { Change } from '../protocol/change.ts'
import { FIRST_LAUNCH, type Launch } from '../protocol/child-config.ts'
import type { Sockets } from './held/sockets.ts'
import { createStateDirectory } from './held/state-directory.ts'
import type { WatchedPaths } from './held/watched-paths.ts'
import type { NodeProgramDeps } from './programs/child-config.ts'
import { giveUpInspector, nodeCommandLine, type Start } from './programs/node-command.ts'
import { refuseOtherRuntimes } from './programs/other-runtimes.ts'
import { type RunningChild, spawnChild } from './programs/spawn-node.ts'
import { receiveSignals, type Signals } from './signals.ts'

/** What all children have in common, whatever kind of program they are. */
export interface Program {
  readonly settings: Settings
  /** Starts the next child; null: one that stands by. */
  readonly spawn: (launch: Launch | null) => RunningChild
  /** Whether a child can be kept booted ahead. */
  readonly canStandBy: boolean
  /** The file that the program begins with, if that is known. */
  readonly entry: string | null
  /** The directories that are watched from here, if any. */
  readonly tree?: WatchedPaths
  /** What the user should know about it. */
  readonly warning?: string
  /** While no child runs: resolves when something of the last generation, or near it, has changed. */
  readonly waitForChange: (loaded: ReadonlyMap<string, string>) => Promise<Wait>
  /** Before a launch: sees to it that the sockets can be reached. */
  readonly refresh?: Sockets['refresh']
  /** Drops what this generation has kept for the next. */
  readonly forget: (generation: number) => void
  /** Leaves nothing on disk, nor anything else when it has resolved. */
  readonly cleanUp: () => unknown
}

export interface Wait {
  readonly changed: Promise<readonly Change[]>
  readonly stop: () => void
}

export interface FirstStart {
  readonly program: Program
  readonly signals: Signals
  readonly child: RunningChild
}

export function startFirstChild(program: Program): FirstStart {
  const signals = receiveSignals(program.settings)
  try {
    program.tree?.beginAnew()
    const child = program.spawn(FIRST_LAUNCH)
    signals.aim(child, () => {})
    return { program, signals, child }
  } catch (error) {
    signals.close()
    program.cleanUp()
    throw error
  }
}

/** A program that Node runs. Throws, with nothing left behind, for whatever makes a launch impossible. */
export async function nodeProgram(start: Start, settings: Settings): Promise<Program> {
  refuseOtherRuntimes()
  const command = nodeCommandLine(start, settings.env)
  const sockets = await socketsFor(settings.listen)
  const states = createStateDirectory(start.cwd)
  const deps: NodeProgramDeps = { command, settings, sockets, states }
  const tree =
    settings.watch === null ? undefined : await watchedPathsOf(settings.watch, start.cwd, settings, sockets)
  giveUpInspector()
  return {
    settings,
    ...(tree && { tree }),
    spawn: (launch) => spawnChild(deps, launch),
    canStandBy: !command.isObserved,
    entry: command.entry,
    ...(sockets.warning === undefined ? {} : { warning: sockets.warning }),
    async waitForChange(loaded) {
      const { waitForFix } = await import('./generation/wait-for-fix.ts')
      const { changed, stop } = waitForFix(loaded, settings)
      return { changed: tree === undefined ? changed : Promise.race([changed, tree.change()]), stop }
    },
    refresh: sockets.refresh,
    forget: states.forget,
    cleanUp() {
      tree?.close()
      sockets.close()
      states.remove()
    },
  }
}

export async function socketsFor(addresses: Settings['listen']): Promise<NodeProgramDeps['sockets']> {
  if (addresses.length === 0 && process.env.LISTEN_FDS === undefined) return NO_SOCKETS
  const { bindSockets } = await import('./held/sockets.ts')
  return bindSockets(addresses)
}

export async function watchedPathsOf(
  watch: readonly string[],
  directory: string,
  settings: Settings,
  sockets: NodeProgramDeps['sockets'],
): Promise<WatchedPaths> {
  const { watchPaths } = await import('./held/watched-paths.ts')
  try {
    return watchPaths(watch, directory, settings)
  } catch (error) {
    sockets.close()
    throw error
  }
}

export const NO_SOCKETS: NodeProgramDeps['sockets'] = {
  fds: [],
  names: [],
  places: {},
  files: [],
  refresh: () => ({ isRebound: false, news: [] }),
  block: () => {},
  close: () => {},
}
