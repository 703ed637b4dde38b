/** Watches directories with everything below them, and reports each change of content once. */
import { dirname, resolve } from 'node:path'
import type { Change } from '../protocol/change.ts'
import { createChangeDetector } from './change/detector.ts'
import { quietForTree } from './change/quiet.ts'
import { untilNextPoll } from './events/polling.ts'
import type { TreeFilter } from './events/walk.ts'
import { createWatcher } from './events/watcher.ts'
import { readLater } from './files/read-later.ts'
import { stamped } from './files/stamp.ts'
import { createTreeSnapshot } from './files/tree-snapshot.ts'
import type { Filter } from './filter/filter.ts'

export interface TreeOptions {
  /** Directories and files; what is not there is waited for. */
  readonly paths: readonly string[]
  /** Made for the same paths. */
  readonly filter: Filter
  /** How long files must be quiet before a change is reported, ms; null: as it does best. */
  readonly settle: number | null
  /** The longest wait for files that do not become quiet, ms. */
  readonly limit?: number
  /** How often to look, ms; null: when the system reports an event. */
  readonly poll: number | null
  /** False: only the files in the directories themselves. */
  readonly recursive: boolean
  readonly ignorePermissionDenied: boolean
  readonly onChange: (changes: Change[]) => void
  /** A directory may not be read, which showed after the start. */
  readonly onFailed: (error: Error) => void
  /** No events can be had of what this names. */
  readonly onPolling: (why: string) => void
}

export interface TreeWatch {
  /** Resolves when every file has been read once: from then on a touch is no longer taken for a change. */
  readonly known: Promise<void>
  /** What has changed so far is known, and not reported any more. */
  readonly catchUp: () => void
  readonly close: () => void
}

/** Throws if a directory may not be read, and names it. What changes after this returned is reported. */
export function watchTree({
  paths,
  filter,
  settle,
  limit,
  poll,
  recursive,
  ignorePermissionDenied,
  onChange,
  onFailed,
  onPolling,
}: TreeOptions): TreeWatch {
  const named = new Set(paths.map((path) => resolve(path)))
  const denied = new Set<string>()
  let state: 'starting' | 'watching' | 'closed' = 'starting'
  const files = createTreeSnapshot()
  const detector = createChangeDetector({
    files,
    quiet: quietForTree({ settle, interval: untilNextPoll(poll), ...(limit !== undefined && { limit }) }),
    repeats: true,
    lookAtPending: () => watcher.lookAtPending(),
    onChange: report,
  })
  const tree: TreeFilter = {
    enters: (directory) => named.has(directory) || (recursive && filter.enters(directory)),
    passes: (path) => filter.holdsRules(path) || passes(path),
    denied: mayNotRead,
  }
  const watcher = createWatcher({ files, poll, filter: tree, onTouched: touched, onPolling })
  const reading = readLater({ ...files, read }, touched)

  try {
    start()
  } catch (error) {
    close()
    throw error
  }
  return { known: reading.done, catchUp, close }

  function start(): void {
    for (const path of filter.rules()) {
      watcher.follow(path, 'below')
      files.add(stamped(path), 'below')
    }
    for (const path of named) {
      watcher.follow(path, 'named', files.note)
      files.add(stamped(path), 'named') // it may be a file, or become one
    }
    state = 'watching'
    reading.start()
  }

  /** What is read for the first time is also known then to have other names, or none. */
  function read(path: string): ReturnType<typeof files.read> {
    watcher.examine(path)
    return files.read(path)
  }

  function catchUp(): void {
    const differs = detector.pending().filter((path) => files.compare(path) !== 'none')
    for (const path of differs) files.accept(path)
    detector.forget(() => false)
    if (differs.length > 0) watcher.narrow()
  }

  function close(): void {
    state = 'closed'
    watcher.close()
    detector.stop()
    reading.stop()
  }

  function passes(path: string): boolean {
    return filter.passes(path) && (recursive || named.has(path) || named.has(dirname(path)))
  }

  function touched(path: string): void {
    if (state === 'closed') return
    if (filter.holdsRules(path)) reread(path)
    if (passes(path)) detector.touched(path)
  }

  /** From now on this is the state that counts; and the next change is one of its own, not one of many. */
  function report(changes: readonly Change[]): void {
    const reported = new Set(changes.map(({ path }) => path))
    for (const path of reported) files.accept(path)
    detector.forget((path) => !reported.has(path))
    if (changes.some(({ type }) => type === 'deleted')) watcher.narrow()
    const counting = changes.filter(({ type, path }) => filter.counts(type, path))
    if (counting.length > 0) onChange(counting)
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
    detector.forget(passes)
    watcher.narrow()
    lookBelow((file) => {
      if (added.has(file)) touched(file)
      else if (!files.has(file)) files.note(file)
    })
    reading.start()
  }

  function lookBelow(visit: (file: string) => void): void {
    for (const path of named) watcher.lookBelow(path, visit)
  }

  function mayNotRead(directory: string): void {
    if (ignorePermissionDenied || state === 'closed' || denied.has(directory)) return
    denied.add(directory)
    const error = new Error(`no permission to read the directory ${directory}`)
    if (state === 'starting') throw error
    onFailed(error)
  }
}
