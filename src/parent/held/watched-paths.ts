/**
 * Directories that the parent watches across all generations: for a command, of which nothing else is
 * known, and those that the user named for a Node program.
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

/** Receives changes. */
export interface Listener {
  readonly changed: (changes: readonly Change[]) => void
  /** Something for the user to know. */
  readonly note: (text: string) => void
  readonly debug: (text: string) => void
  /** Watching has failed: there is a directory without read permission. */
  readonly failed: (error: Error) => void
  /** Whether this file is watched elsewhere. */
  readonly watches: (path: string) => boolean
}

export interface WatchedPaths {
  /** Call before the next generation begins: drops all changes so far, which it will load. */
  readonly beginAnew: () => void
  /** Sets the listener, and immediately reports what has changed since the last generation began. */
  readonly setListener: (listener: Listener) => void
  /** Resolves when something has changed since then, or changes. */
  readonly change: () => Promise<readonly Change[]>
  readonly close: () => void
}

/** What is watched, and how. */
export interface TreeSettings extends Pick<Settings, 'ignore' | 'ext' | 'settle' | 'poll'> {
  readonly limit?: number
  readonly recursive?: boolean
  /** Default true: directories without read permission do not count. */
  readonly ignorePermissionDenied?: boolean
  /** Rules in addition to `ignore` and `ext`. */
  readonly rules?: Partial<FilterRules>
}

/** `watch` is relative to `directory`. Throws for a directory without read permission, unless ignored. */
export function watchPaths(
  watch: readonly string[],
  directory: string,
  { ignore, ext, settle, limit, poll, recursive = true, ignorePermissionDenied = true, rules }: TreeSettings,
): WatchedPaths {
  const { paths, names, reaches } = watchedNames(watch, directory)
  const own = selfWritten()
  let changes: Change[] = []
  /** False while the changes are held back, since the program may still be writing files itself. */
  let isDue = false
  let pausing: NodeJS.Timeout | undefined
  /** Notes that came before the first listener. */
  const pendingNotes: string[] = []
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
    setListener(next) {
      listener = next
      for (const text of pendingNotes.splice(0)) next.note(text)
      if (isDue) next.changed(changes)
    },
    change: () => (isDue ? Promise.resolve(changes) : new Promise((resolve) => (wake = resolve))),
    close() {
      clearTimeout(pausing)
      close()
    },
  }

  function note(text: string): void {
    if (listener === undefined) pendingNotes.push(text)
    else listener.note(text)
  }

  function passOn(): void {
    isDue = true
    listener?.changed(changes)
    wake(changes)
  }
}

const remedyFor = (path: string): string =>
  `${shown(path)} changes every time the program runs · slowing down (to leave it out: .gitignore or --ignore ${quoted(basename(path))})`

/** A pattern is quoted, for the shell. */
const quoted = (name: string): string => (name.includes('*') ? `'${name}'` : name)

/** Returns the last change of each path. */
function merged(earlier: readonly Change[], later: readonly Change[]): Change[] {
  return [...new Map([...earlier, ...later].map((change) => [change.path, change])).values()]
}

/** Whether a file is our own output, which must not cause a restart: `exit75 make > build.log`. */
function isOutput(path: string): boolean {
  try {
    const { dev, ino } = statSync(path)
    return [1, 2].some((fd) => {
      const output = fstatSync(fd)
      return output.isFile() && output.dev === dev && output.ino === ino
    })
  } catch {
    return false // deleted, or no such descriptor
  }
}
