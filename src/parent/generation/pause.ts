/** Pauses between launches. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Signals } from '../signals.ts'

/** Resolves after this time, in ms, or when a signal arrives. */
export async function pause(ms: number, { next }: Pick<Signals, 'next'>): Promise<void> {
  const over = new AbortController()
  await Promise.race([sleep(ms, undefined, { signal: over.signal }).catch(() => {}), next()])
  over.abort() // or the timer would keep the process alive with `exit: false`
}
