/**
 * The option `overlap`: the new generation boots beside the old one, which is asked to exit only when the
 * new one reports that it is ready. New code that fails before that has no effect.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { duration } from '../../log.ts'
import type { Exit } from '../../protocol/exit.ts'
import type { Supervisor } from '../supervisor.ts'
import type { Cause, Generation, GenerationResult } from './interface.ts'
import { launch } from './launch.ts'
import { elapsed, reasonText } from './log-lines.ts'
import { neverReady } from './mistakes.ts'

/** Lets successors take over, one after the other; resolves with the result of the last one that served. */
export const runSuccession = (first: Generation, supervisor: Supervisor): Promise<GenerationResult> =>
  succession(first, {
    launch: (cause) => launch(supervisor, cause),
    forget: supervisor.program.forget,
    info: supervisor.log.info,
    readyTimeout: supervisor.settings.readyTimeout,
  })

/** The collaborators of succession(). */
export interface SuccessionDeps {
  readonly launch: (cause: Cause) => Promise<Generation | undefined>
  /** Drops the state of a generation that never served. */
  readonly forget: (generation: number) => void
  readonly info: (text: string) => void
  readonly readyTimeout: number
}

export async function succession(
  first: Generation,
  { launch, forget, info, readyTimeout }: SuccessionDeps,
): Promise<GenerationResult> {
  const retired: Promise<GenerationResult>[] = []
  let serving = first
  /** Whether any generation has called `ready()`: then the app has not forgotten it. */
  let knowsReady = false
  void first.ready.then(() => {
    knowsReady = true
  })
  let outdated = serving.outdated()
  for (;;) {
    const cause = await Promise.race([outdated, serving.over.then(() => undefined)])
    if (cause === undefined) break
    outdated = serving.outdated()
    const successor = await launch(cause)
    if (successor === undefined) continue // the program is about to end
    const hint = setTimeout(() => knowsReady || info(neverReady(HINT)), HINT)
    const outcome = await trial(successor, serving, outdated, readyTimeout)
    clearTimeout(hint)
    knowsReady ||= outcome.is === 'ready'
    if (outcome.is === 'ready') {
      info(`${reasonText(cause.reason)} · the new code took over in ${elapsed(cause.since)}`)
      serving.retire(cause.reason)
      retired.push(serving.over)
    }
    if (outcome.is === 'ready' || outcome.is === 'alone') {
      serving = successor
      outdated = serving.outdated()
      continue
    }
    if (outcome.is !== 'outrun') info(`the new code ${failureText(outcome)} · the running code stays`)
    successor.stop('replaced')
    await successor.over
    forget(successor.number) // it never served: its state must not count as the newest
  }
  await Promise.all(retired) // the parent must not end before them
  return serving.over
}

/** Time after which the app has probably forgotten to call `ready()`, in ms. */
const HINT = 3000

/** How the trial of new code ends. */
type Outcome =
  | { readonly is: 'ready' }
  /** The old generation has ended: the new one is the only one. */
  | { readonly is: 'alone' }
  /** Newer code is on disk. */
  | { readonly is: 'outrun' }
  | Failure
type Failure = { readonly is: 'ended'; readonly exit: Exit } | { readonly is: 'late'; readonly limit: number }

async function trial(
  successor: Generation,
  serving: Generation,
  outdated: Promise<Cause>,
  limit: number,
): Promise<Outcome> {
  const over = new AbortController()
  try {
    return await Promise.race([
      successor.ready.then((): Outcome => ({ is: 'ready' })),
      successor.over.then(({ exit }): Outcome => ({ is: 'ended', exit })),
      serving.over.then((): Outcome => ({ is: 'alone' })),
      outdated.then((): Outcome => ({ is: 'outrun' })),
      sleep<Outcome>(limit, { is: 'late', limit }, { signal: over.signal }),
    ])
  } finally {
    over.abort()
  }
}

const failureText = (failure: Failure): string =>
  failure.is === 'ended'
    ? `ended with ${failure.exit.signal ?? failure.exit.code} before it was ready`
    : `was not ready within ${duration(failure.limit)} (readyTimeout)`
