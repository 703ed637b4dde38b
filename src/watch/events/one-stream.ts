/**
 * macOS has one stream of events for all watched directories of a thread. It is rebuilt, in another thread,
 * whenever a watch is added or removed, and nobody hears of what happens meanwhile: so every watcher of
 * this thread looks for itself afterwards.
 */
import type { WatchDirectory } from './node-watch.ts'

const listeners = new Set<() => void>()

/** Calls `act` whenever the stream is about to be rebuilt, until the returned function is called. */
export function onRebuild(act: () => void): () => void {
  listeners.add(act)
  return () => void listeners.delete(act)
}

/** Returns the same with all listeners told of each watch that begins or ends. */
export function inOneStream(watch: WatchDirectory): WatchDirectory {
  return (path, { onEvent, onArmed, onBurst, onGone, onFailed }) => {
    /** It has never been in the stream: were it told of, a directory without permission would be tried for ever. */
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
