/** What the observers of a standby's boot have seen, taken when it is about to be held. */
import { basename } from 'node:path'
import { BroadcastChannel } from 'node:worker_threads'
import type { StampedFile } from '../protocol/change.ts'
import { realPathOf } from '../system/real-path.ts'
import { hasThreadLoader } from './users-flags.ts'

/** Key under which observe-reads.ts, a bundle of its own, stores the observed reads. */
export const OBSERVED: unique symbol = Symbol.for('exit75.reads')

/** Name of the channel on which the thread of `--loader` is asked for its reads. */
export const READS_CHANNEL = 'exit75.reads'

export interface ObservedReads {
  /** By path, as they were just before the read. */
  readonly files: ReadonlyMap<string, StampedFile>
  readonly end: () => void
}

/** Returns the files read so far, also by the thread of `--loader`, and stops observing. */
export function endObservation(): StampedFile[] {
  const isObserved = OBSERVED in globalThis
  const own = takeReads()
  return isObserved && hasThreadLoader() ? [...own, ...readsOfLoaders()] : own
}

/** Returns the files that this thread has read so far, and stops observing. */
export function takeReads(): StampedFile[] {
  const shared = globalThis as { [OBSERVED]?: ObservedReads }
  const observed = shared[OBSERVED]
  if (observed === undefined) return []
  delete shared[OBSERVED]
  observed.end()
  return [...observed.files.values()]
}

/**
 * Whether a file that a loader has read tells it how to load the app (tsconfig.json, .swcrc): then a change of it is
 * an edit. Modules are reported as such, and of a package.json it is known what counts.
 */
export function isSetting({ path }: StampedFile): boolean {
  const name = basename(path)
  if (name === 'package.json' || /\.[cm]?[jt]sx?$/.test(name)) return false
  if (/[\\/](\.[^\\/]+|node_modules)[\\/]/.test(realPathOf(path) ?? path)) return false
  return name.includes('.') // else a directory, if it is missing, or a program
}

/** Layout of the shared memory: the answer's length in bytes, then its JSON. */
const HEAD = 4
const SIZE = 1 << 20

/** Longest wait for the answer, in ms: an idle thread takes a few. */
const ANSWER_TIME = 2000

/** Blocks until the thread of `--loader` has answered. */
function readsOfLoaders(): StampedFile[] {
  const memory = new SharedArrayBuffer(SIZE)
  const length = new Int32Array(memory, 0, 1)
  const channel = new BroadcastChannel(READS_CHANNEL)
  channel.postMessage(memory)
  Atomics.wait(length, 0, 0, ANSWER_TIME)
  channel.close()
  const bytes = Buffer.from(memory, HEAD, Atomics.load(length, 0)).toString()
  return bytes === '' ? [] : (JSON.parse(bytes) as StampedFile[])
}

export function answerReads(memory: SharedArrayBuffer, files: readonly StampedFile[]): void {
  const text = JSON.stringify(files)
  const fitting = Buffer.byteLength(text) <= SIZE - HEAD ? text : '[]'
  const length = Buffer.from(memory, HEAD).write(fitting)
  const head = new Int32Array(memory, 0, 1)
  Atomics.store(head, 0, length)
  Atomics.notify(head, 0)
}
