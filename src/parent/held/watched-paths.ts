/**
 * Directories that are watched from here, over all generations: all that is known of a command, and
 * what the user named beside a Node program.
 */
import { fstatSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { shown } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import type { Change } from '../../protocol/change.ts'
import { selfWritten } from '../../watch/change/self-written.ts'
import { createFilter, type FilterRules } from '../../watch/filter/filter.ts'
import { watchedNames } from '../../watch/filter/watch-patterns.ts'
import { watchTree } from '../../watch/tree-watcher.ts'

/** Who is told of changes. */
export interface Listener {
  readonly changed: (changes: readonly Change[]) => void
  /** Something for the user to know. */
  readonly note: (text: string) => void
  readonly debug: (text: string) => void
  /** The watch is over: a directory may not be read. */
  readonly failed: (error: Error) => void
  /** Whether somebody else watches this file. */
  readonly watches: (path: string) => boolean
}

export interface WatchedPaths {
  /** The next generation is about to begin: it finds on disk whatever has changed so far. */
  readonly beginAnew: () => void
  /** Tells this one from now on, and at once what has changed since the last firstStart. */
  readonly tell: (listener: Listener) => void
  /** Resolves when something has changed since then. */
  readonly change: () => Promise<readonly Change[]>
  readonly close: () => void
}

/** What is watched, and how. */
export interface TreeSettings extends Pick<Settings, 'ignore' | 'ext' | 'settle' | 'poll'> {
  readonly limit?: number
  readonly recursive?: boolean
  /** Default true: what may not be read does not count. */
  readonly ignorePermissionDenied?: boolean
  /** Rules beside those of `ignore` and `ext`. */
  readonly rules?: Partial<FilterRules>
}

/** `watch` is relative to the directory. Throws for a directory that may not be read, if that matters. */
export function watchPaths(
  watch: readonly string[],
  directory: string,
  { ignore, ext, settle, limit, poll, recursive = true, ignorePermissionDenied = true, rules }: TreeSettings,
): WatchedPaths {
  const { paths, names, reaches } = watchedNames(watch, directory)
  const own = selfWritten()
  let changes: Change[] = []
  /** Whether they may be passed on, or what the program writes itself is waited for. */
  let isDue = false
  let pausing: NodeJS.Timeout | undefined
  /** For the first listener. */
  const unsaid: string[] = []
  let listener: Listener | undefined
  let wake: (changes: readonly Change[]) => void = () => {}
  const filter = createFilter({
    root: directory,
    paths,
    ignore,
    extensions: ext,
    ignoreFiles: true,
    failed: ({ message }) => note(message),
    ...rules,
    counts: (type, path) =>
      listener?.watches(path) !== true && !isOutput(path) && rules?.counts?.(type, path) !== false,
  })
  const { catchUp, close } = watchTree({
    paths,
    filter: {
      ...filter,
      enters: (path) => reaches(path) && filter.enters(path),
      passes: (path) => names(path) && filter.passes(path),
    },
    settle,
    ...(limit !== undefined && { limit }),
    poll,
    recursive,
    ignorePermissionDenied,
    onChange(next) {
      for (const { type, path } of next) listener?.debug(`${type} ${shown(path)}`)
      changes = merged(changes, next)
      const { pause, news } = own.changed(changes.map(({ path }) => path))
      if (news !== undefined) note(remedyFor(news))
      clearTimeout(pausing)
      if (pause > 0) pausing = setTimeout(passOn, pause)
      else passOn()
    },
    onFailed: (error) => listener?.failed(error),
    onPolling: (why) => note(`no file events: ${why} · polling instead`),
  })
  return {
    beginAnew() {
      catchUp()
      own.begin()
      changes = []
      isDue = false
      clearTimeout(pausing)
    },
    tell(next) {
      listener = next
      for (const text of unsaid.splice(0)) next.note(text)
      if (isDue) next.changed(changes)
    },
    change: () => (isDue ? Promise.resolve(changes) : new Promise((resolve) => (wake = resolve))),
    close() {
      clearTimeout(pausing)
      close()
    },
  }

  function note(text: string): void {
    if (listener === undefined) unsaid.push(text)
    else listener.note(text)
  }

  function passOn(): void {
    isDue = true
    listener?.changed(changes)
    wake(changes)
  }
}

const remedyFor = (path: string): string =>
  `${shown(path)} changes each time the program runs · slowing down (.gitignore or --ignore ${basename(path)} leaves it out)`

/** The last that happened to each path. */
function merged(earlier: readonly Change[], later: readonly Change[]): Change[] {
  return [...new Map([...earlier, ...later].map((change) => [change.path, change])).values()]
}

/** `exit75 make > build.log`: what is said here, and by the program, is no reason to run it again. */
function isOutput(path: string): boolean {
  try {
    const { dev, ino } = statSync(path)
    return [1, 2].some((fd) => {
      const output = fstatSync(fd)
      return output.isFile() && output.dev === dev && output.ino === ino
    })
  } catch {
    return false // deleted, or nothing to write to
  }
}
