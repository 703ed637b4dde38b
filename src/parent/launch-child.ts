/** The parent: launches the program until it ends with something other than 75. The only decider. */
import { createLog } from '../log.ts'
import { type Ending, EX_TEMPFAIL, type Exit, type Reason } from '../wire.ts'
import { backOff } from './back-off.ts'
import type { Family } from './birth.ts'
import { commandOf, giveUpInspector, type Start } from './command.ts'
import { type Cause, type Life, launch, type Parent } from './generation.ts'
import { leave } from './leave.ts'
import { relayMessages } from './messages.ts'
import { type LaunchOptions, readOptions } from './options.ts'
import { lineOf } from './overlap.ts'
import { receiveSignals } from './signals.ts'
import { bindSockets } from './sockets.ts'
import { keepStandby } from './standby.ts'
import { keepStates } from './state.ts'
import { keepTerminal } from './terminal.ts'

export async function relaunch(start: Start, options: LaunchOptions): Promise<Ending> {
  const settings = readOptions(options)
  const command = commandOf(start, settings.env)
  const log = createLog(settings.log)
  const sockets = await bindSockets(settings.listen, log)
  const family: Family = { command, settings, sockets, states: keepStates() }
  const terminal = keepTerminal()
  const signals = receiveSignals()
  const standby = keepStandby({ family, terminal, signals, log })
  const parent: Parent = { ...family, log, signals, relay: relayMessages(), standby, launched: { count: 0 } }
  const pause = backOff(parent)
  giveUpInspector()

  let cause: Cause = { reason: { changes: [] }, since: performance.now() }
  for (;;) {
    const generation = await launch(parent, cause)
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
    if (step === 'end' || signals.asked() !== undefined) {
      await standby.drop()
      return end(exitOf(life, step, parent), parent)
    }
  }
}

type Step = 'restart' | 'wait' | 'end'

function nextStep(life: Life, { settings, signals }: Parent): Step {
  const { exit, askedAt, reason, hasBooted, wasStopped } = life
  // An app that listens to a signal, goes on, and is outdated later, has not been asked to end.
  if (reason !== undefined) signals.forget(askedAt)
  if (signals.asked() !== undefined) return 'end'
  if (exit.code === EX_TEMPFAIL || wasStopped) return 'restart'
  // It crashed on code that was being saved while it loaded it: that is not the code on disk.
  if (exit.code !== 0 && !hasBooted && (reason?.changes.length ?? 0) > 0) return 'restart'
  return exit.code !== 0 && settings.onCrash === 'wait' ? 'wait' : 'end'
}

function causeOf({ reason, askedAt }: Life): Cause {
  return { reason: reason ?? { changes: [], why: 'the app exited with 75' }, since: askedAt }
}

/** Waits for a change, or for a signal: SIGUSR2 launches again, any other is found by the loop. */
async function aFix({ exit, loaded }: Life, { settings, log, signals }: Parent): Promise<Cause> {
  const { waitForFix } = await import('./wait-for-fix.ts')
  const how = exit.signal === null ? `exited with ${exit.code}` : `was killed by ${exit.signal}`
  log.warn(`the app ${how} · waiting for a change`)
  let stop = () => {}
  const changed = new Promise<Reason>((resolve) => {
    stop = waitForFix(loaded, settings, resolve)
  })
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

async function end(exit: Exit, parent: Parent): Promise<Ending> {
  const { settings, signals, relay, sockets, states } = parent
  signals.close()
  relay.close()
  sockets.close()
  states.remove()
  return settings.exit ? leave(exit) : { ...exit, restarts: parent.launched.count - 1 }
}
