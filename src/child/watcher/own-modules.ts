/**
 * Modules that the program creates itself, as bundlers of configuration files and development servers
 * do: they are not edits. Either they are in a dot directory that tools write to, or they are created
 * after the program's start, and removed once they have been loaded.
 */
import { basename, sep } from 'node:path'
import type { StampedFile } from '../../protocol/change.ts'
import { monotonic } from '../../system/monotonic.ts'
import { realPathOf } from '../../system/real-path.ts'
import type { Difference, Snapshot } from '../../watch/files/interface.ts'
import { isWithin } from '../../watch/files/paths.ts'
import { changedIn, stampOf, statOf } from '../../watch/files/stamp.ts'
import { WRITTEN_TO } from '../../watch/filter/default-ignores.ts'
import { ignoreFiles } from '../../watch/filter/ignore-files.ts'

/**
 * Where the clock of a share is ahead of ours, nothing tells what the program has created from what was saved
 * shortly before: there it must be gone again this soon after it was loaded, in ms.
 */
const SOON = 5000

export interface OwnModules {
  /** The app began at this time (ms since 1970, by the clock of files): a file created since may be its own. */
  readonly begin: (at: number) => void
  /** Whether a module, which may be missing, is in a dot directory that tools write to. */
  readonly isKept: (file: StampedFile) => boolean
  /** Call with each file that was loaded. Returns whether the program may have created it. */
  readonly loaded: (file: StampedFile) => boolean
  /** Returns those that still exist, as they were loaded: after a crash an edit of one may be the fix. */
  readonly remaining: () => StampedFile[]
  /** Returns the difference to report: none for such a file that is gone, nor for a later one at its path. */
  readonly judge: (path: string, difference: Difference) => Difference
}

/**
 * `entry`: the program's file. A program that is itself in a dot directory was not created by itself. `startedAt`: in ms
 * since 1970, when the parent started this process: what it wrote just before that is edited.
 */
export function ownModules(directory: string, entry: string, startedAt: number): OwnModules {
  const entries = [entry, realPathOf(entry) ?? entry]
  let since = startedAt
  /** Until when the removal of each means that the program does not want it any more (monotonic()). */
  const made = new Map<string, StampedFile & { readonly until: number }>()
  const transient = new Set<string>()
  const { ignores } = ignoreFiles(directory, () => {})
  return {
    begin(at) {
      since = at
    },
    isKept({ path, stamp }) {
      if (!isWithin(path, directory)) return false
      const dotted = dotDirectories(path, directory).filter(
        (one) => !entries.some((entry) => isWithin(entry, one)),
      )
      if (dotted.length === 0) return false
      // Sources may lie in a dot directory, too (`.config`, `.storybook`).
      return (
        changedIn(stamp) >= since || dotted.some((one) => WRITTEN_TO.has(basename(one)) || ignores(one, true))
      )
    },
    loaded({ path, stamp }) {
      // Without a creation time (0) it existed before; for one that is gone, its last change counts.
      const born = statOf(path)?.birthtimeMs ?? changedIn(stamp)
      const isOwn = born >= since && !entries.includes(path)
      const until = born > Date.now() ? monotonic() + SOON : Number.POSITIVE_INFINITY
      if (isOwn) made.set(path, { path, stamp, until })
      return isOwn
    },
    remaining: () =>
      [...made.values()]
        .filter(({ path }) => stampOf(path) !== '')
        .map(({ path, stamp }) => ({ path, stamp })),
    judge(path, difference) {
      const own = made.get(path)
      if (typeof difference === 'string' || own === undefined) return difference
      if (difference.type === 'deleted' && monotonic() < own.until) transient.add(path)
      return transient.has(path) ? 'none' : difference
    },
  }
}

/** Returns the snapshot with its differences judged in this way. */
export const judged = <Files extends Pick<Snapshot, 'compare'>>(files: Files, own: OwnModules): Files => ({
  ...files,
  compare: (path) => own.judge(path, files.compare(path)),
})

/** Returns the dot directories between a directory and a file below it, outside `node_modules`. */
function dotDirectories(path: string, directory: string): string[] {
  const names = path.slice(directory.length).split(sep).slice(0, -1)
  if (names.includes('node_modules')) return []
  return names.flatMap((name, at) =>
    /^\.[^.]/.test(name) ? [directory + names.slice(0, at + 1).join(sep)] : [],
  )
}
