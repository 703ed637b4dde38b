/** Slows down a program that keeps restarting right after its start: without a change, or for one that it makes itself. */
import { basename } from 'node:path'
import { shown } from '../../log.ts'
import type { Reason } from '../../protocol/change.ts'
import { doublingPause } from '../../system/doubling-pause.ts'
import { selfWritten, type Verdict } from '../../watch/change/self-written.ts'
import { stampOf } from '../../watch/files/stamp.ts'
import type { Supervisor } from '../supervisor.ts'
import type { Ended } from './child-phases.ts'
import { pause } from './pause.ts'

/** What happens within this time after the app is up counts as "at once", in ms. */
const AT_ONCE = 1000

/** Number of pointless ends in a row, and the pause due, in ms. */
export interface Row {
  readonly length: number
  readonly pause: number
}

/** Counts this end: it is pointless if it came at once, and neither a change nor the user caused it. */
export function nextRow(length: number, life: Life): Row {
  const isPointless = isAtOnce(life, life.endedAt) && !hasCause(life.asked?.reason)
  const next = isPointless ? length + 1 : 0
  return { length: next, pause: next < 2 ? 0 : doublingPause(next - 2) }
}

type Life = Pick<Ended, 'startedAt' | 'endedAt' | 'asked' | 'boot'>

/** Whether this was within that time, or while the app was still booting, which may take longer. */
function isAtOnce({ startedAt, boot }: Life, at: number): boolean {
  if (boot.is === 'booted') return at - boot.at < AT_ONCE
  return boot.is !== 'overdue' || at - startedAt < AT_ONCE // for an app that is never idle, it is unknown when it is up
}

const hasCause = (reason: Reason | undefined): boolean =>
  reason !== undefined && (reason.is === 'changed' || reason.by === 'user')

/**
 * Returns a function that tells, for each end, how long to wait because the program rewrites the file
 * that it is restarted for, in ms, and names that file once. Quick edits look the same at first: only
 * the fifth restart in a row, each within a second of the app's being up, as long after its start and for the
 * same file, is slowed down, and only the seventh is told of.
 */
export function ownChanges(): (life: Life) => Verdict {
  let now = 0
  const written = selfWritten({ now: () => now }, 3)
  return (life) => {
    const { startedAt, asked } = life
    now = startedAt
    written.begin()
    if (asked?.reason.is !== 'changed' || !isAtOnce(life, asked.at)) return { pause: 0 }
    now = asked.at
    return written.changed(asked.reason.changes.map(({ path }) => path))
  }
}

/**
 * Returns a function that waits for the pause that is due after an end, if any; a signal cuts it short. If the file
 * changes meanwhile, it is not the program that writes it, which does not run: then the edits so far do not count.
 */
export function backOff({
  log,
  signals,
  settings,
  program,
}: Pick<Supervisor, 'log' | 'signals' | 'settings' | 'program'>): (end: Ended) => Promise<void> {
  let row: Row = { length: 0, pause: 0 }
  let verdictOf = ownChanges()
  return async (end) => {
    row = nextRow(row.length, end)
    // For directories that the parent watches, watched-paths.ts does this.
    const { pause: ownPause, news } = program.watchedPaths === undefined ? verdictOf(end) : { pause: 0 }
    const time = Math.max(row.pause, ownPause)
    if (news !== undefined) log.info(remedyFor(news, settings.mode))
    if (time === 0) return
    if (row.length === 2) log.info(KEEPS_EXITING)
    log.debug(`pause of ${time} ms before the next launch`)
    const before = stampsAfter(end)
    await pause(time, signals)
    if (stampsAfter(end) !== before) verdictOf = ownChanges()
  }
}

const KEEPS_EXITING =
  'the app keeps exiting with 75 right after its start, without any change · slowing down (75 asks for a restart, any other code ends the app)'

const stampsAfter = ({ asked }: Pick<Ended, 'asked'>): string =>
  asked?.reason.is === 'changed' ? asked.reason.changes.map(({ path }) => stampOf(path)).join() : ''

function remedyFor(path: string, mode: Supervisor['settings']['mode']): string {
  const option =
    mode === 'program' ? `--ignore ${basename(path)}` : `the option ignore: ['${basename(path)}']`
  return `${shown(path)} changes every time the app starts · slowing down (to leave it out: ${option})`
}
