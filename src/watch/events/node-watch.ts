/**
 * Watches one directory with node-watch, not what is below it. Everything that has to be known of
 * node-watch is known here:
 *
 * - Before its first directory it finds out whether the system watches recursively, with files of its
 *   own in the place for temporary ones, and is deaf meanwhile, for a further directory for 300 ms; a
 *   process that is killed then leaves these files. Nothing here is recursive: {@link load} gives it
 *   the answer.
 * - It hands on events after a timer of 1 ms or more, and after a removal of duplicates that takes the
 *   square of their number: 16,384 events, as many as the kernel keeps, take 5 s, and no option acts
 *   before that. So events are taken from the watcher of node:fs that it holds, and after
 *   {@link BURST} of them at once the watch is closed, which node-watch obeys at once.
 * - Errors come later than the call, and without a code for a directory that is gone. Of something
 *   that is not a directory it says nothing.
 */
import type { FSWatcher } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type NodeWatch from 'node-watch'
import { isDirectory } from '../files/paths.ts'

export interface Watched {
  readonly onEvent: () => void
  /** From now on there are events: whatever happened before has to be looked for. */
  readonly onArmed: () => void
  /** So much has happened at once that it is no longer watched. */
  readonly onBurst: () => void
  /** The directory is gone, perhaps since before it was watched. */
  readonly onGone: () => void
  /** It is there, and cannot be watched. */
  readonly onFailed: (error: NodeJS.ErrnoException) => void
}

/** Watches a directory until the returned function is called. */
export type WatchDirectory = (path: string, watched: Watched) => () => void

/** As many events in one turn of the event loop are a burst. */
const BURST = 500

const nodeWatch = load()

export const watchDirectory: WatchDirectory = (path, { onEvent, onArmed, onBurst, onGone, onFailed }) => {
  let state: 'arming' | 'armed' | 'closed' = 'arming'
  const watcher = nodeWatch(path, { recursive: false, delay: 0 })
  watcher.on('ready', function (this: unknown) {
    if (state !== 'arming') return
    state = 'armed'
    const source = (this as Internals).watchers?.[resolve(path)]
    if (source === undefined) watcher.on('change', onEvent)
    else countEvents(source, onEvent, () => end(onBurst))
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

/** node-watch's own watcher, as the listener of an event sees it. */
interface Internals {
  readonly watchers?: Readonly<Record<string, FSWatcher>>
}

function countEvents(source: FSWatcher, onEvent: () => void, onBurst: () => void): void {
  let events = 0
  source.on('change', () => {
    if (events > BURST) return
    if (events === 0) setImmediate(() => (events = 0))
    events += 1
    if (events > BURST) onBurst()
    else onEvent()
  })
}

/** With the module that asks replaced by the answer, and in a copy that the app's own use of it does not see. */
function load(): typeof NodeWatch.default {
  const require = createRequire(import.meta.url)
  const question = require.resolve('node-watch/lib/has-native-recursive.js')
  const own = require.resolve('node-watch')
  const before = { [question]: require.cache[question], [own]: require.cache[own] }
  const answer = (tell: (has: boolean) => void) => tell(false)
  require.cache[question] = { exports: answer, loaded: true } as unknown as NodeJS.Module
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
