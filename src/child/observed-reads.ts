import type { StampedFile } from '../protocol/change.ts'

/** Where observe-reads.ts, which is loaded by itself, leaves what it has seen. */
export const OBSERVED: unique symbol = Symbol.for('exit75.reads')

export interface ObservedReads {
  /** By path, as they were just before they were read. */
  readonly files: ReadonlyMap<string, StampedFile>
  readonly end: () => void
}

/** What was read until now, and nothing more from now on. */
export function endObservation(): StampedFile[] {
  const shared = globalThis as { [OBSERVED]?: ObservedReads }
  const observed = shared[OBSERVED]
  if (observed === undefined) return []
  delete shared[OBSERVED]
  observed.end()
  return [...observed.files.values()]
}
