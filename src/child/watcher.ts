/**
 * The watcher thread. It hears from the app's threads what they load, from the parent what it wants,
 * and decides with outdated.ts when the running code is no longer the code on disk. It works while
 * the main thread is busy, and it is what notices that the parent is gone.
 */
import { rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads'
import { removeSocketFile } from '../socket-file.ts'
import { watchDirectories } from '../watch/directories.ts'
import { knownFiles, type Origin } from '../watch/known-files.ts'
import { judge, type Outdated } from '../watch/outdated.ts'
import { syntaxFault } from '../watch/parse.ts'
import { stampOf, statOf } from '../watch/stamp.ts'
import {
  type Birth,
  byLine,
  CHANNEL,
  type Launch,
  type Reason,
  readParentWord,
  SLOT,
  type StampedFile,
  type ThreadWord,
  tellParent,
} from '../wire.ts'

/** What the thread is started with. */
export interface WatcherData {
  readonly birth: Birth
  readonly flags: Int32Array
  /** Whether a loader of the user's may read files that Node cannot. */
  readonly foreignLoader: boolean
}

/** How long the save of a file that was found empty may take, ms. */
const SAVE_TIME = 500
/** How often a booting standby looks for its parent, ms. */
const BOOT_GUARD = 200

const { birth, flags, foreignLoader } = workerData as WatcherData
const { pipe, watching } = birth
const main = parentPort as NonNullable<typeof parentPort>
const threads = new BroadcastChannel(CHANNEL)

const files = knownFiles({ verifySyntax: watching.syntaxCheck && foreignLoader })
let outdated = birth.launch === null ? judgeStandby() : judgeApp(birth.launch)
const directories = watchDirectories({
  files,
  poll: watching.poll,
  touched: (path) => outdated.touched(path),
  pollingBecause: (why) => tellParent(pipe, { is: 'polling', why }),
})
const unreported = new Map<string, StampedFile>()
let reporting: NodeJS.Immediate | undefined
/** The parent has sent SIGTERM before it went: a second one could cut the app's clean-up short. */
let terminated = false

main.on('message', hear)
threads.onmessage = (event) => hear((event as { data: ThreadWord }).data)
for (const file of watching.envFiles) follow(file, 'named')
for (const file of watching.heldFiles) follow(file, 'held')
if (birth.launch === null) guardWhileBooting()
else hearParent()
warmUp()
Atomics.store(flags, SLOT.ready, 1)
Atomics.notify(flags, SLOT.ready)

/** Whatever a standby has loaded is not the app: any difference makes it useless. */
function judgeStandby(): Outdated {
  return judge({
    files,
    settle: watching.settle,
    syntaxCheck: false,
    afterChanges: false,
    repeats: false,
    say: () => {},
    doubt: (isInDoubt) => void Atomics.store(flags, SLOT.inDoubt, isInDoubt ? 1 : 0),
    declare: ({ changes }) => tellParent(pipe, { is: 'stale', changes }),
  })
}

function judgeApp({ changes }: Launch): Outdated {
  return judge({
    files,
    settle: watching.settle,
    syntaxCheck: watching.syntaxCheck,
    afterChanges: changes.length > 0,
    repeats: watching.overlap,
    say: (word) => tellParent(pipe, word),
    declare,
  })
}

/** The standby has become the child: what it held is the app's from now on, or nobody's. */
function launched(launch: Launch): void {
  for (const path of [...files.paths()]) {
    const known = files.get(path)
    if (known && !known.isLoaded && known.named === 0 && !watching.nodeModules) files.delete(path)
  }
  outdated = judgeApp(launch)
  hearParent()
}

function hear(word: ThreadWord): void {
  switch (word.is) {
    case 'loaded':
      follow(word.file, isLaunched() ? 'loaded' : 'held')
      return report(word.file)
    case 'missing':
      return report({ path: word.path, stamp: '' })
    case 'watch':
      for (const file of word.files) follow(file, 'named')
      for (const file of word.below) follow(file, 'below')
      for (const { path } of word.files) directories.lookBelow(path)
      return
    case 'unwatch':
      for (const { path } of word.files) directories.unfollow(path)
      return outdated.forget(directories.isWatched)
    case 'launch':
      return launched(word.launch)
    case 'polls':
    case 'ready':
      return tellParent(pipe, word)
    case 'restart':
      return declare({ changes: [], why: word.why })
    case 'note':
      return tellParent(pipe, word)
    case 'flush':
      return void lastReport()
  }
}

function follow(file: StampedFile, origin: Origin): void {
  // Watch first, then compare: whatever is written in between is seen one way or the other.
  directories.follow(file.path, origin)
  if (!files.add(file, origin)) outdated.touched(file.path)
}

/** With `overlap` the parent launches the next generation first, and says when this one is to go. */
function declare(reason: Reason): void {
  if (watching.overlap) tellParent(pipe, { ...reason, is: 'outdated' })
  else ask(reason)
}

/** The parent has the reason before the app can exit: a busy loop sees the flag at once. */
function ask(reason: Reason): void {
  if (Atomics.load(flags, SLOT.outdated) === 1) return
  if (!watching.overlap) tellParent(pipe, { ...reason, is: 'outdated' })
  Atomics.store(flags, SLOT.outdated, 1)
  const word: ThreadWord = { ...reason, is: 'outdated' }
  main.postMessage(word)
  threads.postMessage(word)
}

const isLaunched = (): boolean => Atomics.load(flags, SLOT.launched) === 1

function report(file: StampedFile): void {
  if (!watching.reportLoaded) return
  unreported.set(file.path, file)
  reporting ??= setImmediate(tellLoaded)
}

function tellLoaded(): void {
  clearImmediate(reporting)
  reporting = undefined
  const all = [...unreported.values()]
  unreported.clear()
  // In pieces that the pipe takes whole: another thread's word may not fall into the middle of one.
  for (let at = 0; at < all.length; at += 20)
    tellParent(pipe, { is: 'loaded', files: all.slice(at, at + 20) })
}

/** At the end of a crashed process: what it had loaded, and what of that differs now, settled or not. */
async function lastReport(): Promise<void> {
  tellLoaded()
  // A file that was empty when it was loaded was being saved: its content is a moment away.
  const isBeingSaved = () => [...files.paths()].some(wasJustEmptied)
  for (let waited = 0; isBeingSaved() && waited < SAVE_TIME; waited += 5) await sleep(5)
  const changes = [...files.paths()].flatMap((path) => {
    const difference = stampOf(path) === files.get(path)?.stamp ? 'none' : files.compare(path)
    return difference === 'none' ? [] : [{ type: difference.type, path }]
  })
  if (changes.length > 0) declare({ changes })
  Atomics.store(flags, SLOT.reported, 1)
  Atomics.notify(flags, SLOT.reported)
}

function wasJustEmptied(path: string): boolean {
  const stat = statOf(path)
  return stat?.size === 0 && Date.now() - stat.ctimeMs < 2 * SAVE_TIME
}

function hearParent(): void {
  const socket = new Socket({ fd: pipe, readable: true, writable: false })
  const heard = byLine((line) => {
    const word = readParentWord(line)
    if (word?.is === 'restart') declare({ changes: [], why: word.why })
    if (word?.is === 'retire') ask(word)
    if (word?.is === 'terminated') terminated = true
    if (word?.is === 'ask') main.postMessage(word satisfies ThreadWord)
  })
  socket.setEncoding('utf8').on('data', heard).on('error', parentIsGone).on('end', parentIsGone)
}

/** The app's own cleanup runs, as for any SIGTERM; what is left after `killTimeout` is killed. */
function parentIsGone(): void {
  // Nobody is left to take it.
  Atomics.store(flags, SLOT.orphaned, 1)
  rmSync(birth.stateDirectory, { recursive: true, force: true })
  for (const file of birth.socketFiles) removeSocketFile(file)
  if (!terminated) process.kill(process.pid, 'SIGTERM')
  if (watching.killTimeout !== null)
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), watching.killTimeout)
}

/** The pipe of a standby is read by its main thread, but not before it has booted. */
function guardWhileBooting(): void {
  const timer = setInterval(() => {
    if (process.ppid !== birth.parent) process.kill(process.pid, 'SIGKILL')
    if (Atomics.load(flags, SLOT.held) === 1) clearInterval(timer)
  }, BOOT_GUARD)
}

/** The first parse takes longer than the next ones: not to be paid by the first edit. */
function warmUp(): void {
  const nothing = Buffer.from('export {}')
  syntaxFault('warm.js', nothing)
}
