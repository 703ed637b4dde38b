/** Tries again until something is there; on a time-out the error shows the story so far. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isFresh, stampOf } from '../../src/watch/files/stamp.ts'

/**
 * Long enough for a slow and busy machine: a test waits for words, this only ends a hopeless wait. Under Wine a
 * process alone starts in seconds.
 */
const LIMIT = process.env.EXIT75_WINE === undefined ? 60_000 : 300_000

/** Calls `look` until it gives something else than undefined or false, and neither throws nor rejects. */
export async function until<T>(
  what: string,
  story: () => string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + LIMIT
  for (;;) {
    const [found, error] = await attempt(look)
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) {
      throw new Error(`waited in vain: ${what}\n--- so far ---\n${story()}\n--------------`, { cause: error })
    }
    await sleep(5)
  }
}

/** Waits until the next change of a file cannot leave its stamp as it is. */
export const noLongerFresh = (path: string): Promise<unknown> =>
  until('the clock moves on', String, () => !isFresh(stampOf(path)))

async function attempt<T>(look: () => T | Promise<T>): Promise<[T | undefined, unknown]> {
  try {
    return [await look(), undefined]
  } catch (error) {
    return [undefined, error]
  }
}
