/** Waits for a program that is about to be built. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CODE_ENDINGS } from '../watch/files/code.ts'
import { stampOf } from '../watch/files/stamp.ts'

/** Poll interval, in ms: cheap, since nothing else is running. */
const INTERVAL = 100

/**
 * Resolves when the file, or one that Node finds by its name, exists and is no longer being written.
 * Signals keep their default effect.
 */
export async function waitForFile(file: string): Promise<void> {
  const candidates = ['', ...CODE_ENDINGS, ...CODE_ENDINGS.map((ending) => `/index${ending}`)].map(
    (end) => file + end,
  )
  for (let last = ''; ; ) {
    const stamp = candidates.map(stampOf).find((text) => text !== '')
    if (stamp !== undefined && stamp === last) return
    last = stamp ?? ''
    await sleep(INTERVAL)
  }
}
