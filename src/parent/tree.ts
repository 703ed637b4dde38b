/**
 * Directories that are watched from here, over all generations: all that is known of a command, and
 * what the user named beside a Node program.
 */
import { resolve } from 'node:path'
import { createFilter } from '../watch/filter.ts'
import { watchTree } from '../watch/watch-tree.ts'
import type { Change, Reason } from '../wire.ts'
import type { Settings } from './options.ts'

/** Who is told of changes. */
export interface Listener {
  readonly changed: (reason: Reason) => void
  /** Something for the user to know. */
  readonly note: (text: string) => void
  /** Whether somebody else watches this file. */
  readonly watches: (path: string) => boolean
}

export interface Tree {
  /** The next generation is about to begin: it finds on disk whatever has changed so far. */
  readonly beginAnew: () => void
  /** Tells this one from now on, and at once what has changed since the last beginning. */
  readonly tell: (listener: Listener) => void
  /** Resolves when something has changed since then. */
  readonly change: () => Promise<Reason>
  readonly close: () => void
}

/** `watch` is relative to the directory. */
export function keepTree(watch: readonly string[], directory: string, settings: Settings): Tree {
  const { ignore, ext, settle, poll } = settings
  const paths = watch.map((path) => resolve(directory, path))
  let changes: Change[] = []
  let listener: Listener | undefined
  let wake: (reason: Reason) => void = () => {}
  const failed = ({ message }: Error) => listener?.note(message)

  const { close } = watchTree({
    paths,
    filter: createFilter({
      root: directory,
      paths,
      ignore,
      extensions: ext,
      ignoreFiles: true,
      counts: (_type, path) => listener?.watches(path) !== true,
      failed,
    }),
    settle,
    poll: poll === false ? null : poll,
    recursive: true,
    ignorePermissionDenied: true,
    changed(next) {
      changes = merged(changes, next)
      listener?.changed({ changes })
      wake({ changes })
    },
    failed,
    pollingBecause: (why) => listener?.note(`no file events: ${why} · polling instead`),
  })
  return {
    beginAnew() {
      changes = []
    },
    tell(next) {
      listener = next
      if (changes.length > 0) next.changed({ changes })
    },
    change: () =>
      changes.length > 0 ? Promise.resolve({ changes }) : new Promise((resolve) => (wake = resolve)),
    close,
  }
}

/** The last that happened to each path. */
function merged(earlier: readonly Change[], later: readonly Change[]): Change[] {
  return [...new Map([...earlier, ...later].map((change) => [change.path, change])).values()]
}
