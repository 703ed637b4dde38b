/**
 * The option `overlap`: the new generation boots beside the old one, which is asked to exit only
 * when the new one says that it is ready. New code that fails before that changes nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { duration } from '../../log.ts'
import type { Supervisor } from '../supervisor.ts'
import type { Cause, Generation, Life } from './generation.ts'
import { launch } from './launch.ts'
import { because, since } from './log-lines.ts'

/** Lets successors take over for as long as they can; gives back how the last of the line lived. */
export async function lineOf(first: Generation, parent: Supervisor): Promise<Life> {
  const retired: Promise<Life>[] = []
  let serving = first
  let outdated = serving.outdated()
  for (;;) {
    const cause = await Promise.race([outdated, serving.life.then(() => undefined)])
    if (cause === undefined) break
    outdated = serving.outdated()
    const successor = await launch(parent, cause)
    const outcome = await trial(successor, serving, outdated, parent)
    if (outcome === 'ready') {
      parent.log.info(`${because(cause.reason)} · the new code took over in ${since(cause)}`)
      serving.retire(cause.reason)
      retired.push(serving.life)
    }
    if (outcome === 'ready' || outcome === 'alone') {
      serving = successor
      outdated = serving.outdated()
    } else {
      if (outcome !== 'outrun') parent.log.info(`the new code ${outcome} · the running code stays`)
      successor.stop()
      await successor.life
      parent.program.forget(successor.number) // it has never served: what it kept is not the newest
    }
  }
  await Promise.all(retired) // the parent never ends before them
  return serving.life
}

/** Until the new code is ready, or cannot be any more: the old is gone, or newer code is on disk. */
async function trial(
  successor: Generation,
  serving: Generation,
  outdated: Promise<Cause>,
  { settings }: Supervisor,
): Promise<string> {
  const over = new AbortController()
  const limit = settings.readyTimeout
  try {
    return await Promise.race([
      successor.isReady.then(() => 'ready'),
      successor.life.then(({ exit }) => `ended with ${exit.signal ?? exit.code} before it was ready`),
      serving.life.then(() => 'alone'),
      outdated.then(() => 'outrun'),
      sleep(limit, `was not ready within ${duration(limit)} (readyTimeout)`, { signal: over.signal }),
    ])
  } finally {
    over.abort()
  }
}
