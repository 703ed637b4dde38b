/** What the thread of a child does, without a child. */
import { readFileSync } from 'node:fs'
import { createChangeDetector } from '../../src/watch/change/detector.ts'
import { quietForApp } from '../../src/watch/change/quiet.ts'
import type { Watcher, WatcherOptions } from '../../src/watch/events/interface.ts'
import { createWatcher } from '../../src/watch/events/watcher.ts'
import { stamped } from '../../src/watch/files/stamp.ts'
import { createTreeSnapshot, type TreeSnapshot } from '../../src/watch/files/tree-snapshot.ts'
import { until } from './until.ts'

interface Test {
  readonly after: (fn: () => unknown) => void
}

export interface Watching {
  /** Every change so far, as `modified a.js`. */
  readonly changes: string[]
  /** Why something is polled, and what changed without a change of content. */
  readonly notes: string[]
  /** Waits for such a change after the last one that was waited for. */
  readonly next: (what: string) => Promise<void>
  readonly watcher: Watcher
  readonly files: TreeSnapshot
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

/** Watches files as a child does, in the process of the test, and goes on after each change. */
export function watching(t: Test, paths: readonly string[], options: Partial<WatcherOptions> = {}): Watching {
  const changes: string[] = []
  const notes: string[] = []
  const contents = new Map(paths.map((path) => [path, contentOf(path)]))
  const files = createTreeSnapshot()
  const detector = createChangeDetector({
    files,
    quiet: quietForApp({ settle: null }),
    repeats: true,
    lookAtPending: () => watcher.lookAtPending(),
    onChange(all) {
      for (const { path, type } of all) {
        changes.push(`${type} ${path.split('/').at(-1)}`)
        const content = contentOf(path)
        if (type === 'modified' && contents.get(path) === content) notes.push(`the same content: ${path}`)
        contents.set(path, content)
        files.accept(path)
      }
      detector.forget((path) => !all.some((one) => one.path === path))
    },
  })
  const watcher = createWatcher({
    files,
    poll: false,
    onTouched: detector.touched,
    onPolling: (why) => notes.push(why),
    ...options,
  })
  t.after(() => {
    watcher.close()
    detector.stop()
  })
  for (const path of paths) {
    watcher.follow(path, 'named', files.note)
    files.add(stamped(path), 'named')
  }
  let at = 0
  const next = async (what: string) => {
    const story = () => `${changes.join('\n')}\n${notes.join('\n')}`
    await until(what, story, () => changes.slice(at).includes(what))
    at = changes.lastIndexOf(what) + 1
  }
  return { changes, notes, next, watcher, files }
}
