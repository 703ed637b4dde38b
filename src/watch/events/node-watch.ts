/**
 * Watches one directory with node-watch, not what is below it. All that has to be known of node-watch
 * is known here:
 *
 * - Before its first directory it finds out whether the system watches recursively, with a temporary
 *   directory, and is deaf meanwhile; a second directory would wait for that for 300 ms. So the first
 *   one is waited for. A caller looks at a directory once it is armed: nothing is lost before that.
 * - It hands on events after a timer of 1 ms or more, and after a removal of duplicates that takes
 *   the square of their number: 16,384 events, which the kernel keeps, take 5 s, and no option acts
 *   before that. So the events are taken from the watcher of node:fs that it holds, and after
 *   {@link BURST} of them at once the watch is closed, which node-watch obeys at once.
 * - Errors come later than the call, for a directory that is gone without a code.
 */
import { type FSWatcher, watch } from 'node:fs'
import { resolve } from 'node:path'
import nodeWatch from 'node-watch'
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
export const BURST = 500

/** Whether node-watch knows what it asks itself before its first directory. */
let knowledge: 'none' | 'asking' | 'there' | 'failed' = 'none'
let waiting: (() => void)[] = []

export const watchDirectory: WatchDirectory = (path, watched) => {
  let close = () => {}
  let isClosed = false
  const begin = () => {
    if (!isClosed) close = watchNow(path, watched)
  }
  if (knowledge === 'asking') waiting.push(begin)
  else begin()
  return () => {
    isClosed = true
    close()
  }
}

/** node-watch's own watcher, as the listener of an event sees it. */
interface Internals {
  readonly watchers?: Readonly<Record<string, FSWatcher>>
}

function watchNow(path: string, { onEvent, onArmed, onBurst, onGone, onFailed }: Watched): () => void {
  let state: 'arming' | 'armed' | 'closed' = 'arming'
  const isFirst = knowledge === 'none' && isDirectory(path)
  if (isFirst) knowledge = 'asking'
  const watcher = open(path, isFirst)
  if (watcher instanceof Error) {
    queueMicrotask(() => state !== 'closed' && onFailed(watcher))
    return () => {
      state = 'closed'
    }
  }
  watcher.on('ready', function (this: unknown) {
    settle('there', isFirst)
    if (state !== 'arming') return
    state = 'armed'
    const source = (this as Internals).watchers?.[resolve(path)]
    if (source === undefined) watcher.on('change', onEvent)
    else countEvents(source, onEvent, burst)
    onArmed()
  })
  watcher.on('error', (error: NodeJS.ErrnoException) => {
    settle('none', isFirst)
    if (state === 'closed') return
    close()
    if (!isDirectory(path) || error.code === 'ENOENT' || error.code === undefined) onGone()
    else onFailed(error)
  })
  // It says nothing of something that is not a directory.
  if (!isFirst) setImmediate(() => state === 'arming' && vanish())
  return close

  function close(): void {
    state = 'closed'
    ;(watcher as NodeWatcher).close()
  }

  function vanish(): void {
    close()
    onGone()
  }

  function burst(): void {
    close()
    onBurst()
  }
}

type NodeWatcher = ReturnType<typeof nodeWatch.default>

/**
 * Where the system has no watch left, node-watch would leave its temporary directory behind; without
 * a place for that one it throws, and asks itself in vain from then on.
 */
function open(path: string, isFirst: boolean): NodeWatcher | Error {
  if (knowledge === 'failed') return new Error('no place for a temporary file')
  try {
    if (isFirst) watch(path).close()
  } catch (error) {
    settle('none', isFirst)
    return error as Error
  }
  try {
    return nodeWatch.default(path, { recursive: false, delay: 0 })
  } catch (error) {
    settle('failed', isFirst)
    return error as Error
  }
}

function settle(next: typeof knowledge, isFirst: boolean): void {
  if (!isFirst || knowledge !== 'asking') return
  knowledge = next
  const all = waiting
  waiting = []
  for (const begin of all) begin()
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
