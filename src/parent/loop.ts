/** The parent: launches the program until it ends with something other than 75. The only decider. */

import type { Reason } from '../protocol/change.ts'
import { changesOf } from '../protocol/change.ts'
import { type Ending, EX_TEMPFAIL, type Exit } from '../protocol/exit.ts'
import type { FirstStart } from './first-child.ts'
import { backOff } from './generation/back-off.ts'
import type { Cause, Life } from './generation/generation.ts'
import { first, launch } from './generation/launch.ts'
import { lineOf } from './generation/overlap.ts'
import { isEndBy, leave } from './leave.ts'
import type { RunningChild } from './programs/spawn-node.ts'
import { createSupervisor, type Supervisor } from './supervisor.ts'

export async function relaunch(firstStart: FirstStart): Promise<Ending> {
  const { parent, cleanUp } = createSupervisor(firstStart)
  const letKeysGo = parent.settings.keys ? await takeKeys(parent) : () => {}
  const exit = await untilItEnds(parent, firstStart.child).finally(letKeysGo).finally(cleanUp)
  return ending(exit, parent)
}

async function untilItEnds(parent: Supervisor, child: RunningChild): Promise<Exit> {
  const { settings, signals, standby, terminal } = parent
  const pause = backOff(parent)

  let cause: Cause = { reason: { is: 'changed', changes: [] }, since: performance.now() }
  let generation = first(parent, child, cause)
  for (;;) {
    const life = await (settings.overlap ? lineOf(generation, parent) : generation.life)
    if (life.exit.signal !== null) terminal.restore()

    const step = nextStep(life, parent)
    if (step !== 'restart') await standby.drop()
    if (step === 'wait') cause = await aFix(life, parent)
    if (step === 'restart') {
      cause = causeOf(life)
      await pause(life)
      await callBack(cause.reason, parent)
    }
    if (step === 'end' || signals.asked() !== undefined) return exitOf(life, step, parent)
    generation = await launch(parent, cause)
  }
}

async function takeKeys(parent: Supervisor): Promise<() => void> {
  const controls = await import('./controls.ts')
  return controls.takeKeys(parent)
}

type Step = 'restart' | 'wait' | 'end'

function nextStep(life: Life, { settings, signals }: Supervisor): Step {
  const { exit, askedAt, reason, hasBooted, wasStopped } = life
  // An app that listens to a signal, goes on, and is outdated later, has not been asked to end.
  const endedByIt = !wasStopped && isEndBy(exit, signals.asked())
  if (reason !== undefined && !endedByIt) signals.forget(askedAt)
  if (signals.asked() !== undefined) return 'end'
  if (wasStopped || (exit.code === EX_TEMPFAIL && settings.mode !== 'embedded')) return 'restart'
  // It crashed on code that was being saved while it loaded it: that is not the code on disk.
  if (exit.code !== 0 && !hasBooted && reason?.is === 'changed') return 'restart'
  return (exit.code === 0 ? settings.onExit : settings.onCrash) === 'wait' ? 'wait' : 'end'
}

function causeOf({ reason, askedAt }: Life): Cause {
  return { reason: reason ?? { is: 'requested', by: 'exit', text: 'the app exited with 75' }, since: askedAt }
}

/** Waits for a change, or for a signal: SIGUSR2 launches again, any other is found by the loop. */
async function aFix({ exit, loaded }: Life, { program, log, signals }: Supervisor): Promise<Cause> {
  const how = exit.signal === null ? `exited with ${exit.code}` : `was killed by ${exit.signal}`
  const { changed, stop } = await program.waitForChange(loaded)
  // Said only now: a save that answers this line is seen.
  log.warn(`the app ${how} · waiting for a change`)
  const reason = await Promise.race([
    changed.then((changes): Reason => ({ is: 'changed', changes })),
    signals.next().then((text): Reason => ({ is: 'requested', by: 'user', text })),
  ])
  stop()
  return { reason, since: performance.now() }
}

async function callBack(reason: Reason, { settings, log }: Supervisor): Promise<void> {
  try {
    await settings.onRestart?.([...changesOf(reason)])
  } catch (error) {
    log.warn(`the option onRestart failed: ${error instanceof Error ? error.stack : error}`)
  }
}

/** A launch that a signal prevented, or the wait for one, ends the way of the signal. */
function exitOf({ exit }: Life, step: Step, { signals }: Supervisor): Exit {
  const signal = signals.asked()
  const isLast = step === 'end' && exit.code !== EX_TEMPFAIL
  return signal === undefined || isLast ? exit : { code: null, signal }
}

async function ending(exit: Exit, { settings, past }: Supervisor): Promise<Ending> {
  return settings.exit ? leave(exit) : { ...exit, restarts: past.launches - 1 }
}
