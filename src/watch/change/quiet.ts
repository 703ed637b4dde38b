/** How long files must be quiet before they are compared. */

export interface QuietPolicy {
  /** The quiet time, ms, after the last of so many touched files, so long after the start. */
  readonly after: (files: number, sinceStart: number) => number
  /** Files that do not become quiet are looked at after this time, ms. */
  readonly limit: number
  /**
   * When one file is looked at without any quiet time, others may have changed with it: their events
   * are on the way. If one of those has, this is waited for, ms.
   */
  readonly ifNotAlone: number | undefined
}

/** Quiet time, ms, after a second file changed. */
const MANY = 60
/** For so long after a launch that changes caused, ms, the next change belongs to the same burst. */
const SAME_BURST = 250
/** A file that is written without end is looked at after this time, ms. */
const LIMIT = 2000
/** After one file of a tree, ms: what writes into one often writes several, with some time in between. */
const IN_A_TREE = 10

interface AppOptions {
  /** The option of that name, ms; null: as it does best. */
  readonly settle: number | null
  /** By polling a look may fall into the middle of a burst: so much longer, ms, to have the next one, too. */
  readonly interval?: number
  /** Whether this generation was launched because of changes. */
  readonly afterChanges?: boolean
}

/**
 * For what an app has loaded. After one file no quiet time is needed: what is saved in the next few
 * milliseconds is on disk before the next generation reads it.
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
