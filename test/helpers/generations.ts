/**
 * What the watcher threads of a program decide, one generation after the other, in the process of the
 * test: the same snapshot, watcher and detector as in a child, and no child. It says what the program
 * of app.ts says, so that a test can ask either of them the same.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change, StampedFile } from '../../src/protocol/change.ts'
import { createChangeDetector } from '../../src/watch/change/detector.ts'
import { quietForApp } from '../../src/watch/change/quiet.ts'
import { untilNextPoll } from '../../src/watch/events/polling.ts'
import { createWatcher } from '../../src/watch/events/watcher.ts'
import type { Origin } from '../../src/watch/files/interface.ts'
import { placesFor } from '../../src/watch/files/missing.ts'
import { createSnapshot } from '../../src/watch/files/snapshot.ts'
import { stampOf } from '../../src/watch/files/stamp.ts'
import { pattern, type Run } from './start.ts'
import type { TempDir } from './temp-dir.ts'
import { until } from './until.ts'

/** Events and polling must give the same answers; and so must an edit that comes before either. */
export const IN_MEMORY: readonly ({ readonly by: string } & Partial<Options>)[] = [
  { by: 'events' },
  { by: 'polling', poll: 20 },
]
export const AND_EARLY: typeof IN_MEMORY = [
  ...IN_MEMORY,
  { by: 'events, before they are there', armedIn: 20 },
]

interface Options {
  /** Files that each generation loads: first those that the word comes from. */
  readonly loaded: readonly string[]
  /** What it says that it has loaded. Default: what the loaded files hold between quotes. */
  readonly word: () => string
  readonly poll: number | false
  readonly settle: number | null
  /** How long after the load the thread is up, ms. */
  readonly armedIn: number
}

export interface Generations extends Pick<Run, 'says' | 'count' | 'output'> {
  /** Waits until whatever has happened is seen, and decided. */
  readonly atRest: () => Promise<void>
}

/** How long a restart takes, ms. */
const RESTART = 10

export function generations(
  t: { readonly after: (fn: () => void) => void },
  dir: TempDir,
  {
    loaded = ['version.js'],
    word = () => loaded.map((name) => quoted(dir.file(name))).join(' '),
    poll = false,
    settle = null,
    armedIn = 0,
  }: Partial<Options> = {},
): Generations {
  let generation = 0
  let [story, heard] = ['', 0]
  let current: ReturnType<typeof launch>
  let isOver = false

  function launch(causes: readonly Change[]) {
    generation += 1
    const files = createSnapshot({ verifySyntax: false })
    let next: NodeJS.Timeout | undefined
    const detector = createChangeDetector({
      files,
      quiet: quietForApp({ settle, interval: untilNextPoll(poll), afterChanges: causes.length > 0 }),
      lookAtPending: () => watcher.lookAtPending(),
      onChange(changes) {
        stop()
        next = setTimeout(() => {
          if (!isOver) current = launch(changes)
        }, RESTART)
      },
    })
    const watcher = createWatcher({
      files,
      poll,
      onTouched: detector.touched,
      onPolling: (why) => {
        story += `polling instead: ${why}\n`
      },
    })
    const stop = () => {
      watcher.close()
      detector.stop()
      clearTimeout(arming)
    }
    const follow = (file: StampedFile, origin: Origin) => {
      watcher.follow(file.path, origin)
      if (!files.add(file, origin)) detector.touched(file.path)
    }
    const arm = () => {
      for (const file of all) {
        if (file.stamp !== '') follow(file, 'loaded')
        else for (const path of placesFor(file.path)) follow({ path, stamp: '' }, 'missing')
      }
    }
    // As in a child: stamped before it is read, and followed afterwards.
    const all = loaded.map((name) => read(dir.file(name)))
    const arming = armedIn > 0 ? setTimeout(arm, armedIn) : undefined
    if (armedIn === 0) arm()
    story += `ready ${generation} ${word()} [${caused(causes)}]\n`
    return { isQuiet: () => next === undefined && detector.pending().length === 0, stop }
  }

  current = launch([])
  t.after(() => {
    isOver = true
    current.stop()
  })
  return {
    output: () => story,
    count: (what) => [...story.matchAll(new RegExp(pattern(what).source, 'gm'))].length,
    says: (what) =>
      until(
        `it says ${what}`,
        () => story,
        () => {
          const match = pattern(what).exec(story.slice(heard))
          if (match !== null) heard += match.index + match[0].length
          return match ?? undefined
        },
      ),
    async atRest() {
      await sleep(armedIn + EVENTS + 2 * (poll || 0))
      await until(
        'it is at rest',
        () => story,
        () => current.isQuiet(),
      )
    },
  }
}

/** Events that have happened are there after this time, ms: they are the next thing that the loop reads. */
const EVENTS = 10

function read(path: string): StampedFile {
  const stamp = stampOf(path)
  return stamp === '' ? { path, stamp } : { path, stamp, bytes: readFileSync(path) }
}

const quoted = (path: string): string => {
  try {
    return /'(.*)'/.exec(readFileSync(path, 'utf8'))?.[1] ?? 'nothing'
  } catch {
    return 'none'
  }
}

/** As the program of app.ts says it. */
function caused(changes: readonly Change[]): string {
  const all = changes.map(({ type, path }) => `${type} ${basename(path)}`).sort()
  return all.slice(0, 3).join(', ') + (all.length > 3 ? ` and ${all.length - 3} more` : '')
}
