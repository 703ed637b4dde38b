/**
 * The watcher thread. It receives reports of loaded files from the app's threads and requests from the
 * parent, and learns from followed-files.ts when the running code is no longer the code on disk. It works
 * even while the main thread is busy, and notices when the parent is gone.
 */
import {
  BroadcastChannel,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads'
import type { Reason, StampedFile } from '../../protocol/change.ts'
import { type ParentMessage, sendToParent } from '../../protocol/messages.ts'
import { withoutAhead } from '../../protocol/packages.ts'
import { CHANNEL, giveHeadStart, isLaunched, SLOT, type ThreadMessage } from '../../protocol/threads.ts'
import { placesFor } from '../../watch/files/missing.ts'
import { stampOf } from '../../watch/files/stamp.ts'
import { importOrder } from '../packages/import-order.ts'
import { askThrough } from './ask.ts'
import { followFiles, type WatcherData } from './followed-files.ts'
import { reportTo } from './loaded-report.ts'
import { orderedPackages } from './ordered-packages.ts'
import { listenToParent, watchParentWhileBooting } from './parent-link.ts'
import { tracing } from './trace.ts'
import { warmUp } from './warm-up.ts'

const data = workerData as WatcherData
const { config, flags } = data
const { toParentFd, watching } = config
const main = parentPort as NonNullable<typeof parentPort>
const threads = new BroadcastChannel(CHANNEL)
const trace = tracing(config)

const followed = followFiles(data, (changes) => ask.forRestart({ is: 'changed', changes }))
const { files, own, follow, isIgnored } = followed
const ask = askThrough({
  ...{ config, flags, main, threads },
  trace: (message) => trace('→', message),
  // Closed now, since after a watch has been removed Linux takes 5 to 25 ms to close inotify, for which the
  // process would otherwise wait when it exits.
  onAsked: followed.close,
})
const order = importOrder()
const report = reportTo(toParentFd, files, watching.reportLoaded)

/** Modules that packages did not find: after a crash, these count as well. */
const missedByPackages = new Set<string>()
/** Files of the app that packages have loaded before the launch: from then on they are followed as the others. */
const early: StampedFile[] = []
/** How many files have been loaded. */
let loaded = 0
/** Set once the app seems to have booted: asks it for another report when it has stopped loading packages. */
let again: NodeJS.Timeout | undefined

main.on('message', onThreadMessage)
threads.onmessage = (event) => onThreadMessage((event as { data: ThreadMessage }).data)
for (const file of watching.unreported) {
  if (isIgnored(file)) continue
  follow(file, 'named')
  report.loaded(file)
}
// Missing files are only compared at the launch: their directories, far above, get many other events.
for (const file of watching.heldFiles) if (file.stamp !== '') follow(file, 'held')
if (config.launch === null) watchParentWhileBooting(config, flags)
else listenToParent(config, flags, onParentMessage)
warmUp()
Atomics.store(flags, SLOT.threadReady, 1)
Atomics.notify(flags, SLOT.threadReady)

/** Quiet time after which no more packages are expected, in ms. */
const LATER = 300

function launched({ launch, more, at }: Extract<ThreadMessage, { is: 'launch' }>): void {
  giveHeadStart(flags)
  followed.launched(launch, at)
  for (const file of early.splice(0)) if (!isIgnored(file)) loadedByApp(file)
  listenToParent(config, flags, onParentMessage, more)
}

function onParentMessage(message: ParentMessage): void {
  if (message.is === 'restart') restart(message.reason)
  if (message.is === 'retire') ask.now(message.reason)
  if (message.is === 'settings') for (const file of message.files) followSetting(file)
  if (message.is === 'ping' || message.is === 'signal') main.postMessage(message satisfies ThreadMessage)
}

function loadedByApp(file: StampedFile): void {
  follow(file, 'loaded')
  if (!own.loaded(file)) report.loaded({ path: file.path, stamp: file.stamp })
}

function followSetting(file: StampedFile): void {
  if (isIgnored(file)) return
  follow(file, 'read')
  report.loaded(file)
}

/**
 * The parent may not know yet that a file changed in its watched directories is loaded here, where our
 * own detector decides. Delayed to the end of this turn, when pending reports of loaded files are in.
 */
function restart(reason: Reason): void {
  if (reason.is === 'requested') return ask.forRestart(reason)
  setImmediate(() => {
    const changes = reason.changes.filter(({ path }) => files.get(path)?.isLoaded !== true)
    if (changes.length > 0) ask.forRestart({ is: 'changed', changes })
  })
}

function onThreadMessage(message: ThreadMessage): void {
  trace('←', message)
  switch (message.is) {
    case 'loaded':
      loaded += 1
      if (isIgnored(message.file)) return
      if (isLaunched(flags)) return loadedByApp(message.file)
      if (message.isOfApp) early.push(message.file)
      // Not reported: an edit of a standby's files does not fix the app, and they may be thousands.
      return follow(message.file, 'held')
    case 'missing':
      if (isIgnored(absent(message.file.path))) return
      for (const path of message.places) {
        follow(absent(path), 'missing')
        report.loaded(absent(path))
      }
      if (message.places.length === 0) missedByPackages.add(message.file.path)
      return report.loaded(message.file)
    case 'preferred':
      if (!isIgnored(absent(message.path))) follow(absent(message.path), 'missing')
      return
    case 'decided':
      if (isIgnored(message.file)) return
      follow(message.file, 'deciding')
      return report.loaded({ path: message.file.path, stamp: message.file.stamp })
    case 'read':
      return followSetting(message.file)
    case 'asked':
      order.asked(message)
      if (again !== undefined && message.isPackage) again.refresh()
      return
    case 'booted':
      again ??= setTimeout(
        () => main.postMessage({ is: 'ping', about: 'boot' } satisfies ThreadMessage),
        LATER,
      )
      return booted(message)
    case 'watch':
      return followed.watch(message.files, message.below)
    case 'unwatch':
      return followed.unwatch(message.files)
    case 'launch':
      return launched(message)
    case 'cooperates':
    case 'polls':
    case 'ready':
    case 'note':
    case 'in-use':
      return sendToParent(toParentFd, message)
    case 'pong':
      return sendToParent(toParentFd, { ...message, loaded })
    case 'restart':
      return ask.forRestart(message.reason)
    case 'flush':
      // Node 20 resolves `import` in a thread of its own, whose reports may have been overtaken.
      for (let next = received(); next; next = received()) onThreadMessage(next.message)
      return void lastReport()
  }
}

/** A package may have been loaded ahead that in this generation depends on one that the app sets up first. */
function booted({ report, ahead, unloaded }: Extract<ThreadMessage, { is: 'booted' }>): void {
  const { packages, unfit } = orderedPackages(order, unloaded)
  if (unfit.length > 0) sendToParent(toParentFd, { is: 'unfit', packages: unfit })
  sendToParent(toParentFd, { is: 'booted', report: { ...report, packages } })
  const first = unfit.find(({ url }) => ahead.includes(url))
  if (first !== undefined) ask.forRestart({ is: 'requested', by: 'app', text: withoutAhead(first) })
}

/** Contrary to its types, the function takes a channel, too. */
function received(): { message: ThreadMessage } | undefined {
  return receiveMessageOnPort(threads as unknown as MessagePort)
}

function absent(path: string): StampedFile {
  return { path, stamp: '' }
}

/** At the end of a crashed process: reports what it had loaded, and what of it differs now. */
async function lastReport(): Promise<void> {
  for (const file of own.remaining()) report.loaded(file)
  for (const path of [...missedByPackages].flatMap(placesFor))
    if (stampOf(path) === '') report.loaded(absent(path))
  report.now()
  const changes = await report.differences()
  if (changes.length > 0) ask.forRestart({ is: 'changed', changes })
  Atomics.store(flags, SLOT.reported, 1)
  Atomics.notify(flags, SLOT.reported)
}
