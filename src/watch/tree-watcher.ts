/** Watches directories with everything below them, and tells each change of content once. */
import { dirname, resolve } from 'node:path'
import type { Change } from '../protocol/change.ts'
import { createChangeDetector } from './change/detector.ts'
import { watchDirectories } from './events/directories.ts'
import { untilNextPoll } from './events/polling.ts'
import type { TreeFilter } from './events/walk.ts'
import { readLater } from './files/read-later.ts'
import { createSnapshot } from './files/snapshot.ts'
import { stamped } from './files/stamp.ts'
import type { Filter } from './filter/filter.ts'

/**
 * Larger files, in bytes, are not read: their time and size are compared, and a touch counts. Reading
 * one takes as long as a restart, and what is as large is seldom edited by hand.
 */
const SIZE_LIMIT = 16 * 1024 * 1024

/** After one file, ms: what writes into a tree often writes several, with some time in between. */
const QUIET = 10

export interface TreeCase {
  /** Directories and files; what is not there is waited for. */
  readonly paths: readonly string[]
  /** Made for the same paths. */
  readonly filter: Filter
  /** How long files must be quiet before a change is told, ms; null: as it does best. */
  readonly settle: number | null
  /** The longest wait for files that do not become quiet, ms. */
  readonly limit?: number
  /** How often to look, ms; null: when the system tells of a change. */
  readonly poll: number | null
  /** False: only the files in the directories themselves. */
  readonly recursive: boolean
  readonly ignorePermissionDenied: boolean
  readonly changed: (changes: Change[]) => void
  /** Told of a directory that may not be read, if that shows after the start. */
  readonly failed: (error: Error) => void
  readonly pollingBecause: (why: string) => void
}

export interface TreeWatch {
  /** Resolves when every file has been read once: from then on a touch is told from a change. */
  readonly known: Promise<void>
  /** What has changed so far is known, and not told any more. */
  readonly catchUp: () => void
  readonly close: () => void
}

/** Throws if a directory may not be read, and names it. What changes after this returned is told. */
export function watchTree({
  paths,
  filter,
  settle,
  limit,
  poll,
  recursive,
  ignorePermissionDenied,
  changed,
  failed,
  pollingBecause,
}: TreeCase): TreeWatch {
  const named = new Set(paths.map((path) => resolve(path)))
  const denied = new Set<string>()
  let state: 'starting' | 'watching' | 'closed' = 'starting'
  const files = createSnapshot({ verifySyntax: false, sizeLimit: SIZE_LIMIT })
  const outdated = createChangeDetector({
    files,
    settle,
    quiet: QUIET,
    interval: untilNextPoll(poll),
    ...(limit !== undefined && { limit }),
    syntaxCheck: false,
    afterChanges: false,
    repeats: true,
    say: () => {},
    declare: tell,
  })
  const tree: TreeFilter = {
    enters: (directory) => named.has(directory) || (recursive && filter.enters(directory)),
    passes: (path) => filter.holdsRules(path) || passes(path),
    denied: mayNotRead,
  }
  const directories = watchDirectories({ files, poll, filter: tree, touched, pollingBecause })
  const reading = readLater(files, touched)

  try {
    start()
  } catch (error) {
    close()
    throw error
  }
  return { known: reading.done, catchUp, close }

  function start(): void {
    for (const path of filter.rules()) {
      directories.follow(path, 'below')
      files.add(stamped(path), 'below')
    }
    for (const path of named) {
      directories.follow(path, 'named', files.note)
      files.add(stamped(path), 'named') // it may be a file, or become one
    }
    state = 'watching'
    reading.start()
  }

  function catchUp(): void {
    const differs = outdated.pending().filter((path) => files.compare(path) !== 'none')
    for (const path of differs) files.accept(path)
    outdated.forget(() => false)
    if (differs.length > 0) directories.narrow()
  }

  function close(): void {
    state = 'closed'
    directories.close()
    outdated.stop()
    reading.stop()
  }

  function passes(path: string): boolean {
    return filter.passes(path) && (recursive || named.has(path) || named.has(dirname(path)))
  }

  function touched(path: string): void {
    if (state === 'closed') return
    if (filter.holdsRules(path)) reread(path)
    if (passes(path)) outdated.touched(path)
  }

  /** From now on this is the state that counts; and the next change is one of its own, not one of many. */
  function tell(changes: readonly Change[]): void {
    const told = new Set(changes.map(({ path }) => path))
    for (const path of told) files.accept(path)
    outdated.forget((path) => !told.has(path))
    if (changes.some(({ type }) => type === 'deleted')) directories.narrow()
    const counting = changes.filter(({ type, path }) => filter.counts(type, path))
    if (counting.length > 0) changed(counting)
  }

  /**
   * What the new rules let through is known from now on, as it is: it did not change. But what the
   * old ones would have let through, and is not known, has come with them (a checkout) and is told.
   */
  function reread(path: string): void {
    if (!files.has(path)) files.note(path)
    const added = new Set<string>()
    lookBelow((file) => void (!files.has(file) && added.add(file)))
    if (!filter.changed(path)) return
    for (const file of files.paths()) if (!tree.passes(file)) files.delete(file)
    outdated.forget(passes)
    directories.narrow()
    lookBelow((file) => {
      if (added.has(file)) touched(file)
      else if (!files.has(file)) files.note(file)
    })
    reading.start()
  }

  function lookBelow(visit: (file: string) => void): void {
    for (const path of named) directories.lookBelow(path, visit)
  }

  function mayNotRead(directory: string): void {
    if (ignorePermissionDenied || state === 'closed' || denied.has(directory)) return
    denied.add(directory)
    const error = new Error(`no permission to read the directory ${directory}`)
    if (state === 'starting') throw error
    failed(error)
  }
}
