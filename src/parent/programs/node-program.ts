/** A program that Node runs: the child reports and watches the files it loads. */
import type { EarlyChild } from '../../early-child.ts'
import { shown } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import type { Start } from '../../system/node-start.ts'
import { isInPackage } from '../../watch/files/paths.ts'
import { BY_DESCRIPTOR } from '../held/bind.ts'
import { bindForPipe } from '../held/by-pipe.ts'
import { bindSockets } from '../held/sockets.ts'
import { createStateDirectory } from '../held/state-directory.ts'
import type { watchPaths } from '../held/watched-paths.ts'
import { keepsStandby, type NodeProgramDeps } from './child-config.ts'
import { type NodeCommandLine, nodeCommandLine } from './node-command.ts'
import { refuseOtherRuntimes } from './other-runtimes.ts'
import { orClose, type Program } from './program.ts'
import { spawnChild } from './spawn-node.ts'
import type { waitForFix } from './wait-for-fix.ts'

const titleOf = (entry: string | null, by: string | undefined): string =>
  `${entry === null ? 'the program' : shown(entry)}${by === undefined ? '' : `, by ${by}`}`

/** Whether it is a tool from a package, as vite-node is, which may also start processes; or loads one ahead that runs files. */
export const runsFilesItself = ({ entry, preloads }: Pick<NodeCommandLine, 'entry' | 'preloads'>): boolean =>
  (entry !== null && isInPackage(entry)) || preloads.some(({ specifier }) => RUNNERS.test(specifier))
const RUNNERS = /(^|[\\/]node_modules[\\/])(esm|jiti)([\\/]|$)/

/** What watches files in the parent: most of its code, of which the first child needs nothing. */
export interface ParentWatch {
  readonly watchPaths: typeof watchPaths
  readonly waitForFix: typeof waitForFix
}

/** Throws if the program cannot be launched, and leaves nothing behind. */
export async function nodeProgram(
  start: Start,
  given: Settings,
  watch: () => ParentWatch,
  early?: EarlyChild,
): Promise<Program> {
  refuseOtherRuntimes()
  const command = nodeCommandLine(start, given.env)
  const sockets = await (BY_DESCRIPTOR ? bindSockets : bindForPipe)(given.listen)
  // Two generations cannot both listen on an address, unless they are given the same socket.
  const settings = sockets.areShared ? given : { ...given, overlap: false }
  const state = createStateDirectory(start.cwd)
  const deps: NodeProgramDeps = { command, settings, sockets, states: state, early }
  const watchedPaths =
    settings.watch === null
      ? undefined
      : orClose(sockets, () => watch().watchPaths(settings.watch ?? [], start.cwd, settings))
  return {
    settings,
    ...(watchedPaths && { watchedPaths }),
    spawn: (launch) => spawnChild(deps, launch),
    keepsStandby: keepsStandby(deps),
    waitsForDebugger: command.waitsForDebugger,
    entry: command.entry,
    runsFilesItself: runsFilesItself(command),
    title: { text: titleOf(command.entry, start.by), isNode: true },
    ...(command.notHandedOn.length > 0 && {
      detail: `set only in the parent, so not passed to the child (option env): ${command.notHandedOn.join(', ')}`,
    }),
    ...(sockets.warning !== undefined && { warning: sockets.warning }),
    async waitForChange(loaded) {
      const { changed, stop } = watch().waitForFix(loaded, settings)
      const sources = watchedPaths === undefined ? [changed] : [changed, watchedPaths.change()]
      return { changed: Promise.race(sources), stop }
    },
    refresh: sockets.refresh,
    forget: state.forget,
    cleanUp() {
      watchedPaths?.close()
      sockets.close()
      state.remove()
    },
  }
}
