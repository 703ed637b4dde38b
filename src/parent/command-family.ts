/** A program that is no Node program: its directories are watched here, since no module tells us. */
import { createFilter } from '../watch/filter.ts'
import { watchTree } from '../watch/watch-tree.ts'
import type { Change, Reason } from '../wire.ts'
import { type Family, socketsFor } from './first-child.ts'
import type { Settings } from './options.ts'
import { type CommandLine, type RunningCommand, spawnCommand } from './spawn-command.ts'

export async function commandFamily(command: CommandLine, settings: Settings): Promise<Family> {
  const sockets = await socketsFor(settings.listen)
  let running: RunningCommand | undefined
  let changes: Change[] = []
  let wake: (reason: Reason) => void = () => {}

  const tree = watchTree({
    paths: settings.watch ?? [command.cwd],
    filter: createFilter({
      root: command.cwd,
      ignore: settings.ignore,
      extensions: settings.ext,
      ignoreFiles: true,
    }),
    settle: settings.settle,
    poll: settings.poll === false ? null : settings.poll,
    recursive: true,
    ignorePermissionDenied: true,
    changed(next) {
      changes = merged(changes, next)
      running?.speak({ is: 'outdated', changes })
      wake({ changes })
    },
    pollingBecause: (why) => running?.speak({ is: 'polling', why }),
  })
  return {
    settings,
    spawn(launch) {
      changes = [] // the program finds them all on disk
      const child = spawnCommand(command, settings, sockets, launch ?? { generation: 0, changes: [] })
      running = child
      return child
    },
    canStandBy: false,
    entry: null,
    async waitForChange() {
      return {
        changed:
          changes.length > 0 ? Promise.resolve({ changes }) : new Promise((resolve) => (wake = resolve)),
        stop: () => {},
      }
    },
    cleanUp() {
      tree.close()
      sockets.close()
    },
  }
}

/** The last state of each path. */
function merged(earlier: readonly Change[], later: readonly Change[]): Change[] {
  return [...new Map([...earlier, ...later].map((change) => [change.path, change])).values()]
}
