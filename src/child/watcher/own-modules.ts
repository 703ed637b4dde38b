/**
 * Modules that the program makes itself, as bundlers of configuration files and development servers
 * do: they are not edits. Either they lie in a dot directory that tools write to, or they come into
 * being after the program's start, and are gone when they have been loaded.
 */
import { basename, sep } from 'node:path'
import type { StampedFile } from '../../protocol/change.ts'
import { realPathOf } from '../../system/real-path.ts'
import type { Difference, Snapshot } from '../../watch/files/interface.ts'
import { isWithin } from '../../watch/files/paths.ts'
import { changedIn, stampOf, statOf } from '../../watch/files/stamp.ts'
import { WRITTEN_TO } from '../../watch/filter/default-ignores.ts'
import { ignoreFiles } from '../../watch/filter/ignore-files.ts'

export interface OwnModules {
  /** The app begins now: what is made from now on may be its own. */
  readonly begin: () => void
  /** Whether a module, or one that is missing, lies in a dot directory that tools write to. */
  readonly isKept: (file: StampedFile) => boolean
  /** Called for each file that was loaded. True if the program may have made it. */
  readonly loaded: (file: StampedFile) => boolean
  /** Those that are still there, as they were loaded: after a crash an edit of one may be the fix. */
  readonly remaining: () => StampedFile[]
  /** The difference to report: none for such a file that is gone, nor for what the program puts there later. */
  readonly judge: (path: string, difference: Difference) => Difference
}

/** `entry` is the program's file: a program that lies in a dot directory is not made by itself. */
export function ownModules(directory: string, entry: string): OwnModules {
  const entries = [entry, realPathOf(entry) ?? entry]
  let startedAt = performance.timeOrigin
  const made = new Map<string, StampedFile>()
  const transient = new Set<string>()
  const { ignores } = ignoreFiles(directory, () => {})
  return {
    begin() {
      startedAt = Date.now() + 1 // whole milliseconds: what was born within this one was there before
    },
    isKept({ path, stamp }) {
      if (!isWithin(path, directory)) return false
      const dotted = dotDirectories(path, directory).filter(
        (one) => !entries.some((entry) => isWithin(entry, one)),
      )
      if (dotted.length === 0) return false
      // Sources may lie in a dot directory, too (`.config`, `.storybook`).
      return (
        changedIn(stamp) > startedAt ||
        dotted.some((one) => WRITTEN_TO.has(basename(one)) || ignores(one, true))
      )
    },
    loaded({ path, stamp }) {
      // A file without a time of birth (0) was there before, and one that is gone tells its last change.
      const born = statOf(path)?.birthtimeMs ?? changedIn(stamp)
      const isOwn = born > startedAt
      if (isOwn) made.set(path, { path, stamp })
      return isOwn
    },
    remaining: () => [...made.values()].filter(({ path }) => stampOf(path) !== ''),
    judge(path, difference) {
      if (typeof difference === 'string' || !made.has(path)) return difference
      if (difference.type === 'deleted') transient.add(path)
      return transient.has(path) ? 'none' : difference
    },
  }
}

/** With a snapshot whose differences are judged like that. */
export const judged = <Files extends Pick<Snapshot, 'compare'>>(files: Files, own: OwnModules): Files => ({
  ...files,
  compare: (path) => own.judge(path, files.compare(path)),
})

/** Those between a directory and a file below it, outside `node_modules`. */
function dotDirectories(path: string, directory: string): string[] {
  const names = path.slice(directory.length).split(sep).slice(0, -1)
  if (names.includes('node_modules')) return []
  return names.flatMap((name, at) =>
    /^\.[^.]/.test(name) ? [directory + names.slice(0, at + 1).join(sep)] : [],
  )
}
