/**
 * Watches one directory with node-watch, but nothing below it. All quirks of node-watch are handled here:
 *
 * - Before its first watch it tests, with files of its own in the temporary directory, whether the system
 *   watches recursively. Meanwhile it delivers no events, for a further directory for 300 ms, and a
 *   process that is killed then leaves these files. Nothing here is recursive, so {@link withoutTest} stubs it.
 * - It delivers events after a timer of 1 ms or more, and after removing duplicates in quadratic time:
 *   16,384 events, the kernel's limit, take 5 s, and no option acts before that. So events are taken
 *   from the node:fs watcher inside it, whose listener by node-watch is removed, and after {@link BURST} of them
 *   at once the watch is closed, which takes effect immediately.
 * - Errors are reported after the call returns, and without a code if the directory is gone. For a path
 *   that is not a directory it reports nothing.
 * - It takes paths that are UTF-8: any other directory is watched by node:fs itself.
 */
import { EventEmitter } from 'node:events'
import { watch } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type NodeWatch from 'node-watch'
import { fsPath } from '../files/fs-path.ts'
import { isDirectory } from '../files/paths.ts'

export interface Watched {
  readonly onEvent: () => void
  /** Events arrive from now on: whatever happened before must be looked for. */
  readonly onArmed: () => void
  /** So many events came at once that the watch was closed. */
  readonly onBurst: () => void
  /** The directory is gone, or was gone before it was watched. */
  readonly onGone: () => void
  /** The directory exists, but cannot be watched. */
  readonly onFailed: (error: NodeJS.ErrnoException) => void
}

/** Watches a directory until the returned function is called. */
export type WatchDirectory = (path: string, watched: Watched) => () => void

/** Number of events in one turn of the event loop that makes a burst. */
const BURST = 500

let nodeWatch: typeof NodeWatch.default | undefined

/**
 * Loads node-watch, unless it is loaded. A parent does not before its first watch, since the first child waits for
 * what it loads; a watcher thread does at once: the app may leave it no descriptor.
 */
export function loadNodeWatch(): typeof NodeWatch.default {
  nodeWatch ??= withoutTest()
  return nodeWatch
}

export const watchDirectory: WatchDirectory = (path, watched) => {
  try {
    return (typeof fsPath(path) === 'string' ? byNodeWatch : byNode)(path, watched)
  } catch (error) {
    const failing = setImmediate(() => failed(path, watched, error as NodeJS.ErrnoException))
    return () => clearImmediate(failing)
  }
}

const failed = (path: string, { onFailed, onGone }: Watched, error: NodeJS.ErrnoException): void =>
  isDirectory(path) ? onFailed(error) : onGone()

const byNodeWatch: WatchDirectory = (path, { onEvent, onArmed, onBurst, onGone, onFailed }) => {
  let state: 'arming' | 'armed' | 'closed' = 'arming'
  const watcher = loadNodeWatch()(path, { recursive: false, delay: 0 })
  watcher.on('ready', function (this: unknown) {
    if (state !== 'arming') return
    state = 'armed'
    const source = (this as Internals).watchers?.[resolve(path)]
    if (source instanceof EventEmitter) countEvents(source, onEvent, () => end(onBurst))
    else watcher.on('change', onEvent) // of a folder in an archive of Yarn's, it has on() and close() alone
    onArmed()
  })
  watcher.on('error', (error: NodeJS.ErrnoException) => {
    const isGone = !isDirectory(path) || error.code === 'ENOENT' || error.code === undefined
    end(isGone ? onGone : () => onFailed(error))
  })
  setImmediate(() => state === 'arming' && end(onGone))
  return () => end(() => {})

  function end(then: () => void): void {
    if (state === 'closed') return
    state = 'closed'
    watcher.close()
    then()
  }
}

const byNode: WatchDirectory = (path, watched) => {
  const watcher = watch(fsPath(path), watched.onEvent)
  watcher.on('error', (error: NodeJS.ErrnoException) => failed(path, watched, error))
  const arming = setImmediate(watched.onArmed)
  return () => {
    clearImmediate(arming)
    watcher.close()
  }
}

/** The `this` of node-watch's event listeners. */
interface Internals {
  readonly watchers?: Readonly<Record<string, EventEmitter | undefined>>
}

function countEvents(source: EventEmitter, onEvent: () => void, onBurst: () => void): void {
  let events = 0
  source.removeAllListeners('change') // node-watch's own would remove duplicates for nobody
  source.on('change', () => {
    if (events > BURST) return
    if (events === 0) setImmediate(() => (events = 0))
    events += 1
    if (events > BURST) onBurst()
    else onEvent()
  })
}

/** Loads a copy with the test for recursion stubbed, separate from the app's own node-watch. */
function withoutTest(): typeof NodeWatch.default {
  const require = createRequire(import.meta.url)
  const nativeTest = require.resolve('node-watch/lib/has-native-recursive.js')
  const own = require.resolve('node-watch')
  const before = { [nativeTest]: require.cache[nativeTest], [own]: require.cache[own] }
  const stub = (callBack: (has: boolean) => void) => callBack(false)
  require.cache[nativeTest] = { exports: stub, loaded: true } as unknown as NodeJS.Module
  delete require.cache[own]
  try {
    return require(own) as typeof NodeWatch.default
  } finally {
    for (const [path, module] of Object.entries(before)) {
      if (module === undefined) delete require.cache[path]
      else require.cache[path] = module
    }
  }
}
