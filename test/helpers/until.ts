/** Tries again until something is there; on a time-out the error shows the story so far. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Long enough for a slow and busy machine: a test waits for words, this only ends a hopeless wait. */
const LIMIT = 30_000

/** Calls `look` until it gives something else than undefined or false, or no longer throws. */
export async function until<T>(
  what: string,
  story: () => string,
  look: () => T | undefined | false,
): Promise<T> {
  const end = performance.now() + LIMIT
  for (;;) {
    const [found, error] = attempt(look)
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) {
      throw new Error(`waited in vain: ${what}\n--- so far ---\n${story()}\n--------------`, { cause: error })
    }
    await sleep(5)
  }
}

function attempt<T>(look: () => T): [T | undefined, unknown] {
  try {
    return [look(), undefined]
  } catch (error) {
    return [undefined, error]
  }
}
