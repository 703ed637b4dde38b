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
  /** Directories and files; they need not exist yet. */
  readonly paths: readonly string[]
  /** Created for the same paths. */
  readonly filter: Filter
  /** How long files must be quiet before a change is reported, in ms. Null: adaptive. */
  readonly settle: number | null
  /** The longest wait for files that do not become quiet, in ms. */
  readonly limit?: number
  /** Poll interval, in ms. False: check on the system's events. */
  readonly poll: number | false
  /** False: only the files in the directories themselves. */
  readonly recursive: boolean
  readonly ignorePermissionDenied: boolean
  readonly onChange: (changes: Change[]) => void
  /** There is a directory without read permission, found after the start. */
  readonly onFailed: (error: Error) => void
  /** There are no events for the path or mount that `why` names. */
  readonly onPolling: (why: string) => void
}

export interface TreeWatch {
  /** Resolves when every file has been read once: from then on a mere touch does not count as a change. */
  readonly known: Promise<void>
  /** Takes all changes so far as known: they are not reported any more. */
  readonly catchUp: () => void
  readonly close: () => void
}

/** Throws for a directory without read permission. Reports every change made after this returns. */
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

  /** At the first read also checks whether a file must be watched by itself (hard links, a mount). */
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

  /** Accepts the new state, and forgets the rest, so that the next change does not count as this burst. */
  function report(changes: readonly Change[]): void {
    const reported = new Set(changes.map(({ path }) => path))
    for (const path of reported) files.accept(path)
    detector.forget((path) => !reported.has(path))
    if (changes.some(({ type }) => type === 'deleted')) watcher.narrow()
    const counting = changes.filter(({ type, path }) => filter.counts(type, path))
    if (counting.length > 0) onChange(counting)
  }

  /**
   * Files that only the new rules let through have not changed: they are recorded as they are. Unknown
   * files that the old rules let through arrived together with the rules (a checkout), and are reported.
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
