/**
 * macOS has one stream of events for all watched directories of a thread. It is rebuilt, in another thread,
 * whenever a watch is added or removed, and events in between are lost: so every watcher of
 * this thread compares its files afterwards.
 */
import type { WatchDirectory } from './node-watch.ts'

const listeners = new Set<() => void>()

/** Calls `act` whenever the stream is about to be rebuilt, until the returned function is called. */
export function onRebuild(act: () => void): () => void {
  listeners.add(act)
  return () => void listeners.delete(act)
}

/** Returns the same function, but with all listeners called whenever a watch begins or ends. */
export function inOneStream(watch: WatchDirectory): WatchDirectory {
  return (path, { onEvent, onArmed, onBurst, onGone, onFailed }) => {
    /** It was never in the stream. If its end were reported, a directory without permission would be tried forever. */
    let hasFailed = false
    const close = watch(path, {
      onEvent,
      onArmed: andTell(onArmed),
      onBurst: andTell(onBurst),
      onGone: andTell(onGone),
      onFailed(error) {
        hasFailed = true
        onFailed(error)
      },
    })
    const leave = andTell(close)
    return () => (hasFailed ? close() : leave())
  }
}

const andTell = (act: () => void) => () => {
  act()
  for (const listener of listeners) listener()
}
