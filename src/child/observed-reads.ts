import type { StampedFile } from '../protocol/change.ts'

/** Key under which observe-reads.ts, a bundle of its own, stores the observed reads. */
export const OBSERVED: unique symbol = Symbol.for('exit75.reads')

export interface ObservedReads {
  /** By path, as they were just before the read. */
  readonly files: ReadonlyMap<string, StampedFile>
  readonly end: () => void
}

/** Returns the files read so far, and stops observing. */
export function endObservation(): StampedFile[] {
  const shared = globalThis as { [OBSERVED]?: ObservedReads }
  const observed = shared[OBSERVED]
  if (observed === undefined) return []
  delete shared[OBSERVED]
  observed.end()
  return [...observed.files.values()]
}
