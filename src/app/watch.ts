/** Tells the watcher thread about paths that no module loader reports. */
import { resolve } from 'node:path'
import type { StampedFile } from '../protocol/change.ts'
import { role } from '../role.ts'
import { raise } from '../system/raise.ts'
import { walk } from '../watch/events/walk.ts'
import { stamped, statOf } from '../watch/files/stamp.ts'
import { noteParent } from './misplaced.ts'

/**
 * Watches more than the loaded files: templates, `.env`, data. A directory counts with everything below
 * it, including files created later. Relative paths are resolved immediately. Returns a function that
 * undoes it. A path need not exist yet: its creation counts. Patterns are not expanded.
 *
 * Throws a `TypeError` for anything but a path, and for an empty one. Watches nothing outside the child.
 */
export function watch(...paths: string[]): () => void {
  for (const path of paths) {
    if (typeof path !== 'string' || path === '')
      raise(new TypeError(`watch(...paths): expected paths, got ${JSON.stringify(path)}`), watch)
  }
  noteParent('watch')
  if (role.is !== 'child') return () => {}
  const { send } = role
  for (const path of paths) if (isPattern(path)) send({ is: 'note', text: adviceFor(path), once: true })
  // Stamped now, since an edit may come before the watcher thread gets the message.
  const files = paths.map((path) => resolve(path)).map(stamped)
  send({ is: 'watch', files, below: files.flatMap(({ path }) => stampedBelow(path)) })
  let isUndone = false
  return () => {
    if (!isUndone) send({ is: 'unwatch', files })
    isUndone = true
  }
}

/** Whether a path is a pattern, as users of other watchers write them. An existing file may have such a name. */
const isPattern = (path: string): boolean => IN_PATTERNS.test(path) && statOf(resolve(path)) === undefined
const IN_PATTERNS = /[*?]|\{.*\}/

function adviceFor(pattern: string): string {
  const directory = pattern.slice(0, pattern.search(IN_PATTERNS)).replace(/\/?[^/]*$/, '') || '.'
  return `watch('${pattern}') waits for a file of exactly that name, since it takes no patterns · name the directory, watch('${directory}'), or use the command's --watch`
}

function stampedBelow(path: string): StampedFile[] {
  const below: StampedFile[] = []
  const visit = (file: string) => void below.push(stamped(file))
  if (statOf(path)?.isDirectory()) walk(path, () => {}, visit)
  return below
}
