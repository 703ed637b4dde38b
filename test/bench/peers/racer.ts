/** One contestant on the track: its app is edited, and answers with the first line of the new code. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '../../helpers/start.ts'
import type { TempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'
import type { Bench } from '../figures.ts'
import { appDir, type Contestant, mainModule, now, startContestant, stopContestant } from './contestants.ts'

export const WAYS = ['in place', 'rename over'] as const
export type Way = (typeof WAYS)[number]

/** After this time, ms, an edit that nothing answered is lost. */
export const LIMIT = 3000
/** An app has been running for so long, ms, before it is edited. */
const AGE = 400
/** What a contestant may still have to do when it has answered, ms. */
const REST = 50

export interface Answer {
  /** When the first line ran. */
  readonly at: number
  readonly pid: number
}

export interface Racer {
  readonly contestant: Contestant
  readonly dir: TempDir
  readonly run: () => Run
  /** Starts it, anew if it runs. */
  readonly start: () => Promise<Answer>
  readonly stop: () => Promise<void>
  /** Edits its module; resolves to when. */
  readonly save: (way: Way) => Promise<number>
  /** The first line of what was saved last; undefined if there is none. */
  readonly answer: () => Promise<Answer | undefined>
  /** Until it is ready for the next edit. */
  readonly rest: () => Promise<void>
}

export function racer(bench: Bench, node: string, contestant: Contestant): Racer {
  const file = `main.${contestant.language}`
  let version = 1
  const dir = appDir(bench, contestant, { [file]: mainModule(version) })
  let run: Run | undefined
  let age = 0

  const answer = async () => {
    const found = await lastRun(() => run?.output() ?? '', version)
    age = now()
    return found
  }
  const stop = async () => {
    if (run !== undefined) await stopContestant(run)
    run = undefined
  }
  return {
    contestant,
    dir,
    run: () => run as Run,
    stop,
    async start() {
      await stop()
      run = startContestant(bench, node, contestant, dir.path)
      const first = await answer()
      if (first === undefined) throw new Error(`${contestant.name} does not start:\n${run.output()}`)
      return first
    },
    async save(way) {
      await sleep(Math.max(0, age + AGE - now()))
      version += 1
      const at = now()
      if (way === 'in place') dir.write(file, mainModule(version))
      else dir.replace(file, mainModule(version))
      return at
    },
    answer,
    async rest() {
      await sleep(REST)
      if (run === undefined || !contestant.hasStandby) return
      const { count, output } = run
      await until('the standby is ready', output, () => count(/standby \d+ is ready/) >= count('runs'))
    },
  }
}

/** Waits for the line of this version. */
export async function lastRun(output: () => string, version: string | number): Promise<Answer | undefined> {
  const line = new RegExp(`^runs ${version} (\\S+) (\\d+)$`, 'm')
  for (const end = now() + LIMIT; now() < end; await sleep(5)) {
    const [, at, pid] = line.exec(output()) ?? []
    if (at !== undefined) return { at: Number(at), pid: Number(pid) }
  }
  return undefined
}
