/** How long files must be quiet before they are compared. */

export interface QuietPolicy {
  /** Returns the quiet time after `files` touches, `sinceStart` ms after the start; all in ms. */
  readonly after: (files: number, sinceStart: number) => number
  /** Time after which files are compared although they do not become quiet, in ms. */
  readonly limit: number
  /**
   * When one file is compared without any quiet time, others may have changed with it, whose events are
   * still on their way. If one has, the quiet time that follows, in ms.
   */
  readonly ifNotAlone: number | undefined
}

/** Quiet time after a second file has changed, in ms. */
const MANY = 60
/** Time after a launch caused by changes within which another change belongs to the same burst, in ms. */
const SAME_BURST = 250
/** Time after which a file that is written continuously is compared anyway, in ms. */
const LIMIT = 2000
/** Quiet time after one file of a tree, in ms: a tool that writes one often writes more a moment later. */
const IN_A_TREE = 10

interface AppOptions {
  /** The option `settle`, in ms. Null: adaptive. */
  readonly settle: number | null
  /** A poll may fall into the middle of a burst: extra time that includes the next one, in ms. */
  readonly interval?: number
  /** Whether this generation was launched because of changes. */
  readonly afterChanges?: boolean
}

/**
 * Policy for files that an app has loaded. One file needs no quiet time: whatever is saved in the next
 * few milliseconds is on disk before the next generation reads it.
 */
export function quietForApp({ settle, interval = 0, afterChanges = false }: AppOptions): QuietPolicy {
  if (settle !== null) return fixed(settle, LIMIT)
  return {
    after: (files, sinceStart) =>
      files > 1 || (afterChanges && sinceStart < SAME_BURST) ? MANY + interval : 0,
    limit: LIMIT,
    ifNotAlone: MANY + interval,
  }
}

interface TreeOptions extends Omit<AppOptions, 'afterChanges'> {
  readonly limit?: number
}

export function quietForTree({ settle, interval = 0, limit = LIMIT }: TreeOptions): QuietPolicy {
  if (settle !== null) return fixed(settle, limit)
  return { after: (files) => (files > 1 ? MANY : IN_A_TREE) + interval, limit, ifNotAlone: undefined }
}

const fixed = (settle: number, limit: number): QuietPolicy => ({
  after: () => settle,
  limit,
  ifNotAlone: undefined,
})
