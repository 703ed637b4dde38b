/** A program that is no Node program: its directories are watched here, since no module tells us. */
import { resolve } from 'node:path'
import { createFilter } from '../watch/filter.ts'
import { watchTree } from '../watch/watch-tree.ts'
import type { Change, Reason } from '../wire.ts'
import { type Family, socketsFor } from './first-child.ts'
import type { Settings } from './options.ts'
import { type CommandLine, type RunningCommand, spawnCommand } from './spawn-command.ts'

export async function commandFamily(command: CommandLine, settings: Settings): Promise<Family> {
  let running: RunningCommand | undefined
  let changes: Change[] = []
  let wake: (reason: Reason) => void = () => {}

  const paths = (settings.watch ?? ['.']).map((path) => resolve(command.cwd, path))
  const note = (text: string) => running?.speak({ is: 'note', text })
  const tree = watchTree({
    paths,
    filter: createFilter({
      root: command.cwd,
      paths,
      ignore: settings.ignore,
      extensions: settings.ext,
      ignoreFiles: true,
      failed: ({ message }) => note(message),
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
    failed: ({ message }) => note(message),
    pollingBecause: (why) => running?.speak({ is: 'polling', why }),
  })
  const sockets = await socketsFor(settings.listen).catch((error) => {
    tree.close()
    throw error
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
