import { lstatSync } from 'node:fs'

/** Where the clock cannot be read: it lags behind `Date.now()` by up to this, in ms. */
const TICK = 5
/** What lags more was stamped earlier, as by a program that lists the descriptors of all processes, in ms. */
const LONGEST = 50

/**
 * Returns the time by the clock that stamps local files, in ms since 1970: what is created from now on has this time or a
 * later one. Linux moves that clock from tick to tick of the kernel, 1 to 10 ms apart, and late on a busy machine.
 * `descriptor`: an open one, for which nobody has called this before: its entry in /proc is stamped when it is looked
 * up first (fs/proc/fd.c).
 */
export function fileTime(descriptor: number): number {
  const now = Date.now()
  try {
    const { ctimeMs } = lstatSync(`/proc/self/fdinfo/${descriptor}`)
    if (now - ctimeMs < LONGEST) return ctimeMs
  } catch {} // not Linux, no /proc, or the program may not read there
  return now - TICK
}
