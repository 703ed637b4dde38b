/** The parent: launches the program until it ends with something other than 75. The only decider. */
import { type Ending, EX_TEMPFAIL, type Exit, type Reason } from '../wire.ts'
import type { Beginning } from './first-child.ts'
import { backOff } from './generation/back-off.ts'
import type { Cause, Life } from './generation/generation.ts'
import { first, launch } from './generation/launch.ts'
import { lineOf } from './generation/overlap.ts'
import { isEndBy, leave } from './leave.ts'
import type { RunningChild } from './programs/spawn-node.ts'
import { establish, type Parent } from './supervisor.ts'

export async function relaunch(beginning: Beginning): Promise<Ending> {
  const { parent, cleanUp } = establish(beginning)
  const letKeysGo = parent.settings.keys ? await takeKeys(parent) : () => {}
  const exit = await untilItEnds(parent, beginning.child).finally(letKeysGo).finally(cleanUp)
  return ending(exit, parent)
}

async function untilItEnds(parent: Parent, child: RunningChild): Promise<Exit> {
  const { settings, signals, standby, terminal } = parent
  const pause = backOff(parent)

  let cause: Cause = { reason: { changes: [] }, since: performance.now() }
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

async function takeKeys(parent: Parent): Promise<() => void> {
  const controls = await import('./controls.ts')
  return controls.takeKeys(parent)
}

type Step = 'restart' | 'wait' | 'end'

function nextStep(life: Life, { settings, signals }: Parent): Step {
  const { exit, askedAt, reason, hasBooted, wasStopped } = life
  // An app that listens to a signal, goes on, and is outdated later, has not been asked to end.
  const endedByIt = !wasStopped && isEndBy(exit, signals.asked())
  if (reason !== undefined && !endedByIt) signals.forget(askedAt)
  if (signals.asked() !== undefined) return 'end'
  if (wasStopped || (exit.code === EX_TEMPFAIL && !settings.isGuest)) return 'restart'
  // It crashed on code that was being saved while it loaded it: that is not the code on disk.
  if (exit.code !== 0 && !hasBooted && (reason?.changes.length ?? 0) > 0) return 'restart'
  return (exit.code === 0 ? settings.onExit : settings.onCrash) === 'wait' ? 'wait' : 'end'
}

function causeOf({ reason, askedAt }: Life): Cause {
  return { reason: reason ?? { changes: [], why: 'the app exited with 75' }, since: askedAt }
}

/** Waits for a change, or for a signal: SIGUSR2 launches again, any other is found by the loop. */
async function aFix({ exit, loaded }: Life, { family, log, signals }: Parent): Promise<Cause> {
  const how = exit.signal === null ? `exited with ${exit.code}` : `was killed by ${exit.signal}`
  const { changed, stop } = await family.waitForChange(loaded)
  // Said only now: a save that answers this line is seen.
  log.warn(`the app ${how} · waiting for a change`)
  const reason = await Promise.race([changed, signals.next().then((why): Reason => ({ changes: [], why }))])
  stop()
  return { reason, since: performance.now() }
}

async function callBack({ changes }: Reason, { settings, log }: Parent): Promise<void> {
  try {
    await settings.onRestart?.([...changes])
  } catch (error) {
    log.warn(`the option onRestart failed: ${error instanceof Error ? error.stack : error}`)
  }
}

/** A launch that a signal prevented, or the wait for one, ends the way of the signal. */
function exitOf({ exit }: Life, step: Step, { signals }: Parent): Exit {
  const signal = signals.asked()
  const isLast = step === 'end' && exit.code !== EX_TEMPFAIL
  return signal === undefined || isLast ? exit : { code: null, signal }
}

async function ending(exit: Exit, { settings, past }: Parent): Promise<Ending> {
  return settings.exit ? leave(exit) : { ...exit, restarts: past.launches - 1 }
}
