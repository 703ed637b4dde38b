/**
 * The watcher thread. It hears from the app's threads what they load, from the parent what it wants,
 * and decides with detector.ts when the running code is no longer the code on disk. It works while
 * the main thread is busy, and it is what notices that the parent is gone.
 */
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads'
import type { Reason, StampedFile } from '../../protocol/change.ts'
import type { ChildConfig, Launch } from '../../protocol/child-config.ts'
import { type ParentMessage, sendToParent } from '../../protocol/messages.ts'
import {
  advance,
  CHANNEL,
  isLaunched,
  PHASE,
  phaseOf,
  SLOT,
  type ThreadMessage,
} from '../../protocol/threads.ts'
import { type ChangeDetector, createChangeDetector } from '../../watch/change/detector.ts'
import { quietForApp } from '../../watch/change/quiet.ts'
import { createSyntaxCheck } from '../../watch/change/syntax-errors.ts'
import { untilNextPoll } from '../../watch/events/polling.ts'
import { createWatcher } from '../../watch/events/watcher.ts'
import type { Origin } from '../../watch/files/interface.ts'
import { placesFor } from '../../watch/files/missing.ts'
import { START } from '../../watch/files/paths.ts'
import { readLater } from '../../watch/files/read-later.ts'
import { createSnapshot } from '../../watch/files/snapshot.ts'
import { unreadOf } from '../../watch/files/tree-snapshot.ts'
import { ignoring } from './ignored-modules.ts'
import { reportTo } from './loaded-report.ts'
import { judged, ownModules } from './own-modules.ts'
import { listenToParent, watchParentWhileBooting } from './parent-link.ts'
import { warmUp } from './warm-up.ts'

/** What the thread is started with. */
export interface WatcherData {
  readonly config: ChildConfig
  readonly flags: Int32Array
  /** Whether a loader of the user's may read files that Node cannot. */
  readonly foreignLoader: boolean
  /** The program's file as it was given. */
  readonly entry: string
}

const { config, flags, foreignLoader, entry } = workerData as WatcherData
const { toParentFd, watching } = config
const main = parentPort as NonNullable<typeof parentPort>
const threads = new BroadcastChannel(CHANNEL)

const isNamedByUser = watching.ignored.length === 0 ? () => false : ignoring(watching.ignored)
const own = ownModules(START, entry)
const files = judged(createSnapshot({ verifySyntax: watching.syntaxCheck && foreignLoader }), own)
let detector = config.launch === null ? detectForStandby() : detectForApp(config.launch)
const watcher = createWatcher({
  files,
  poll: watching.poll,
  onTouched: (path) => detector.touched(path),
  onPolling: (why) => sendToParent(toParentFd, { is: 'polling', why }),
})
const reading = readLater(unreadOf(files), (path) => detector.touched(path))
const report = reportTo(toParentFd, files, watching.reportLoaded)

main.on('message', hear)
threads.onmessage = (event) => hear((event as { data: ThreadMessage }).data)
for (const file of watching.envFiles) {
  follow(file, 'named')
  report.loaded(file)
}
// Those that are missing are only compared at the launch: directories far above are full of other events.
for (const file of watching.heldFiles) if (file.stamp !== '') follow(file, 'held')
if (config.launch === null) watchParentWhileBooting(config, flags)
else listenToParent(config, flags, obey)
warmUp()
Atomics.store(flags, SLOT.threadReady, 1)
Atomics.notify(flags, SLOT.threadReady)

/** Whatever a standby has loaded is not the app: any difference makes it useless. */
function detectForStandby(): ChangeDetector {
  return createChangeDetector({
    files,
    quiet: quietForApp({ settle: watching.settle }),
    onDirty: (isDirty) => void Atomics.store(flags, SLOT.inDoubt, isDirty ? 1 : 0),
    lookAtPending: () => watcher.lookAtPending(),
    onChange: (changes) => sendToParent(toParentFd, { is: 'stale', changes }),
  })
}

function detectForApp({ changes }: Launch): ChangeDetector {
  const syntax = createSyntaxCheck({
    onSyntaxError: (error) => sendToParent(toParentFd, { is: 'syntax-error', ...error }),
    onFixed: (path) => sendToParent(toParentFd, { is: 'fixed', path }),
  })
  return createChangeDetector({
    files,
    quiet: quietForApp({
      settle: watching.settle,
      interval: untilNextPoll(watching.poll),
      afterChanges: changes.length > 0,
    }),
    ...(watching.syntaxCheck && { syntax }),
    repeats: watching.overlap,
    lookAtPending: () => watcher.lookAtPending(),
    onChange: (all) => askForRestart({ is: 'changed', changes: all }),
  })
}

/** The standby has become the child: what it held is the app's from now on, or nobody's. */
function launched(launch: Launch, more: readonly string[]): void {
  own.begin()
  for (const path of [...files.paths()]) {
    const known = files.get(path)
    if (known && !known.isLoaded && known.named === 0 && !watching.nodeModules) files.delete(path)
  }
  detector.stop()
  detector = detectForApp(launch)
  // On Node 20 the first loaded files are reported by another thread, and may be heard of before this:
  // what has happened to them went to the standby's detector, which is over.
  for (const path of files.paths()) if (files.compare(path) !== 'none') detector.touched(path)
  listenToParent(config, flags, obey, more)
}

function obey(word: ParentMessage): void {
  if (word.is === 'restart') restart(word.reason)
  if (word.is === 'retire') ask(word.reason)
  if (word.is === 'ping') main.postMessage(word satisfies ThreadMessage)
}

/**
 * What changed in a directory that the parent watches may be loaded here, without the parent knowing
 * yet: that is decided here. It knows more by the end of this turn, when what is on the way has come.
 */
function restart(reason: Reason): void {
  if (reason.is === 'requested') return askForRestart(reason)
  setImmediate(() => {
    const changes = reason.changes.filter(({ path }) => files.get(path)?.isLoaded !== true)
    if (changes.length > 0) askForRestart({ is: 'changed', changes })
  })
}

function hear(word: ThreadMessage): void {
  trace('←', word)
  switch (word.is) {
    case 'loaded':
      if (isIgnored(word.file.path)) return
      follow(word.file, isLaunched(flags) ? 'loaded' : 'held')
      if (isLaunched(flags) && own.loaded(word.file)) return
      return report.loaded({ path: word.file.path, stamp: word.file.stamp })
    case 'missing':
      if (isIgnored(word.path)) return
      if (word.by === 'app') for (const path of placesFor(word.path)) follow({ path, stamp: '' }, 'missing')
      return report.loaded({ path: word.path, stamp: '' })
    case 'preferred':
      return isIgnored(word.path) ? undefined : follow({ path: word.path, stamp: '' }, 'missing')
    case 'decided':
      if (isIgnored(word.file.path)) return
      follow(word.file, 'deciding')
      return report.loaded({ path: word.file.path, stamp: word.file.stamp })
    case 'watch':
      for (const file of word.files) follow(file, 'named')
      for (const file of word.below) follow(file, 'below')
      for (const { path } of word.files) watcher.lookBelow(path)
      return
    case 'unwatch':
      for (const { path } of word.files) watcher.unfollow(path)
      return detector.forget(watcher.isWatched)
    case 'launch':
      return launched(word.launch, word.more)
    case 'cooperates':
    case 'polls':
    case 'ready':
      return sendToParent(toParentFd, word)
    case 'restart':
      return askForRestart(word.reason)
    case 'note':
      return sendToParent(toParentFd, word)
    case 'flush':
      return void lastReport()
  }
}

function isIgnored(path: string): boolean {
  return isNamedByUser(path) || (isLaunched(flags) && own.isKept(path))
}

function follow(file: StampedFile, origin: Origin): void {
  // Watch first, then compare: whatever is written in between is seen one way or the other.
  watcher.follow(file.path, origin)
  if (!files.add(file, origin)) detector.touched(file.path)
  if (files.get(file.path)?.state.is === 'unread') reading.start()
}

/** At debug level: every message between the app's threads and this one. */
function trace(way: '←' | '→', word: ThreadMessage): void {
  if (!watching.trace) return
  const what = 'file' in word ? word.file.path : 'path' in word ? word.path : ''
  sendToParent(toParentFd, { is: 'trace', text: `${way} thread of ${process.pid} ${word.is} ${what}`.trim() })
}

/** With `overlap` the parent launches the next generation first, and says when this one is to go. */
function askForRestart(reason: Reason): void {
  if (watching.overlap) sendToParent(toParentFd, { is: 'outdated', reason })
  else ask(reason)
}

/** The parent has the reason before the app can exit: a busy loop sees the flag at once. */
function ask(reason: Reason): void {
  if (phaseOf(flags) === PHASE.outdated) return
  if (!watching.overlap) sendToParent(toParentFd, { is: 'outdated', reason })
  advance(flags, PHASE.outdated)
  const word: ThreadMessage = { is: 'outdated', reason }
  trace('→', word)
  main.postMessage(word)
  threads.postMessage(word)
  // No later edit counts. And where watches have been removed a moment ago, Linux takes 5 to 25 ms to
  // close inotify, which the process would otherwise wait for at its end.
  watcher.close()
}

/** At the end of a crashed process: what it had loaded, and what of that differs now. */
async function lastReport(): Promise<void> {
  report.now()
  const changes = await report.differences()
  if (changes.length > 0) askForRestart({ is: 'changed', changes })
  Atomics.store(flags, SLOT.reported, 1)
  Atomics.notify(flags, SLOT.reported)
}
