/** Waits for a program that is about to be built. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CODE_ENDINGS } from '../watch/files/code.ts'
import { stampOf } from '../watch/files/stamp.ts'

/** ms. Nothing else is going on, and one file is looked at. */
const INTERVAL = 100

/**
 * Resolves when the file is there, or what Node would complete its name to, and is no longer being written.
 * A signal ends this process as it ends any.
 */
export async function waitForFile(file: string): Promise<void> {
  const all = ['', ...CODE_ENDINGS, ...CODE_ENDINGS.map((ending) => `/index${ending}`)].map(
    (end) => file + end,
  )
  for (let last = ''; ; ) {
    const stamp = all.map(stampOf).find((one) => one !== '')
    if (stamp !== undefined && stamp === last) return
    last = stamp ?? ''
    await sleep(INTERVAL)
  }
}
