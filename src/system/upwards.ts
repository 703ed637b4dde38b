import { dirname } from 'node:path'

/** Yields a directory and all those above it, the nearest first. */
export function* upwards(directory: string): Generator<string> {
  for (let at = directory; ; at = dirname(at)) {
    yield at
    if (at === dirname(at)) return
  }
}
