/** The pause after a failure, and the longest, in ms. */
const FIRST = 100
const LONGEST = 5000

/** Returns how long to pause when something has failed again so many times, in ms: twice as long each time. */
export const doublingPause = (repetitions: number): number => Math.min(FIRST * 2 ** repetitions, LONGEST)
