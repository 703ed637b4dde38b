/** The files of this process: which are followed, and which of their changes count. */
import { existsSync } from 'node:fs'
import type { Change, StampedFile } from '../../protocol/change.ts'
import type { ChildConfig, Launch } from '../../protocol/child-config.ts'
import { sendToParent } from '../../protocol/messages.ts'
import { isLaunched } from '../../protocol/threads.ts'
import { realPathOf } from '../../system/real-path.ts'
import type { ChangeDetector } from '../../watch/change/detector.ts'
import { EVERYTHING } from '../../watch/events/walk.ts'
import { createWatcher } from '../../watch/events/watcher.ts'
import type { Origin, Snapshot } from '../../watch/files/interface.ts'
import { readLater } from '../../watch/files/read-later.ts'
import { createSnapshot } from '../../watch/files/snapshot.ts'
import { unreadOf } from '../../watch/files/tree-snapshot.ts'
import { detectForApp, detectForStandby } from './detectors.ts'
import { ignoring } from './ignored-modules.ts'
import { judged, type OwnModules, ownModules } from './own-modules.ts'

/** The thread's `workerData`. */
export interface WatcherData {
  readonly config: ChildConfig
  readonly flags: Int32Array
  /** Whether one of the user's loaders may accept files that Node cannot parse. */
  readonly foreignLoader: boolean
  /** The program's file as it was given. */
  readonly entry: string
  /** Where the program was started: by now it may have changed its directory. */
  readonly start: string
}

export interface FollowedFiles {
  readonly files: Snapshot
  /** Modules that the program creates itself. */
  readonly own: OwnModules
  readonly isIgnored: (file: StampedFile) => boolean
  readonly follow: (file: StampedFile, origin: Origin) => void
  /** Follows what the app has named; `below`: the files that were found in the directories. */
  readonly watch: (named: readonly StampedFile[], below: readonly StampedFile[]) => void
  readonly unwatch: (named: readonly StampedFile[]) => void
  /** The standby became the child at this time (ms since 1970): forgets what only it had read. */
  readonly launched: (launch: Launch, at: number) => void
  readonly close: () => void
}

/** `onChange`: the running code is no longer the code on disk. */
export function followFiles(
  { config, flags, foreignLoader, entry, start }: WatcherData,
  onChange: (changes: readonly Change[]) => void,
): FollowedFiles {
  const { toParentFd, watching } = config
  const isNamedByUser: ReturnType<typeof ignoring> =
    watching.ignored.length === 0 ? () => false : ignoring(watching.ignored, start)
  const own = ownModules(start, entry, watching.startedAt)
  const files = judged(createSnapshot({ verifySyntax: watching.syntaxCheck && foreignLoader }), own)
  /** Without the entry nothing can start. A link to it may have been replaced, so its target alone does not count. */
  const entryFile = realPathOf(entry)
  const isEntry = (path: string) => (path === entry || path === entryFile) && !existsSync(entry)
  const watched = { config, files, lookAtPending: () => watcher.lookAtPending() }
  let detector = config.launch === null ? detectForStandby(watched, flags) : forApp(config.launch)
  const watcher = createWatcher({
    files,
    poll: watching.poll,
    filter: {
      enters: (path) => EVERYTHING.enters(path) && !isNamedByUser(path, true),
      passes: (path) => EVERYTHING.passes(path) && !isNamedByUser(path),
    },
    onTouched: (path) => detector.touched(path),
    onPolling: (why) => sendToParent(toParentFd, { is: 'polling', why }),
  })
  const reading = readLater(unreadOf(files), (path) => detector.touched(path))
  return {
    files,
    own,
    isIgnored: (file) => isNamedByUser(file.path) || (isLaunched(flags) && own.isKept(file)),
    follow,
    watch(named, below) {
      for (const file of named) follow(file, 'named')
      for (const file of below) if (!isNamedByUser(file.path)) follow(file, 'below')
      for (const { path } of named) watcher.lookBelow(path)
    },
    unwatch(named) {
      for (const { path } of named) watcher.unfollow(path)
      detector.forget(watcher.isWatched)
    },
    launched,
    close: () => watcher.close(),
  }

  function forApp({ changes: causes }: Launch): ChangeDetector {
    return detectForApp(watched, isEntry, causes.length > 0, onChange)
  }

  function launched(launch: Launch, at: number): void {
    own.begin(at)
    for (const path of [...files.paths()]) {
      const known = files.get(path)
      if (known && !known.isLoaded && known.named === 0 && !watching.nodeModules) files.delete(path)
    }
    detector.stop()
    detector = forApp(launch)
    // On Node 20 another thread reports the first loaded files, maybe before this: changes to them went
    // to the standby's detector, which has stopped.
    for (const path of files.paths()) if (files.compare(path) !== 'none') detector.touched(path)
  }

  function follow(file: StampedFile, origin: Origin): void {
    // Watch first, then compare: no write in between goes unseen.
    watcher.follow(file.path, origin)
    if (!files.add(file, origin)) detector.touched(file.path)
    // A file of a standby is compared by its stamp alone: a wrong difference costs a boot, not a restart.
    if (origin !== 'held' && files.get(file.path)?.state.is === 'unread') reading.start()
  }
}
