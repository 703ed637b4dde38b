/** The parent's loop: relaunches the program until it ends other than with 75. All decisions are here. */

import type { Reason } from '../protocol/change.ts'
import { type Ending, EX_TEMPFAIL, type Exit } from '../protocol/exit.ts'
import type { ForwardedSignal } from '../protocol/signals.ts'
import type { ParentRole } from '../registry.ts'
import { monotonic } from '../system/monotonic.ts'
import { stampOf } from '../watch/files/stamp.ts'
import { backOff } from './generation/back-off.ts'
import { hasBooted } from './generation/boot-state.ts'
import { type Ended, maySurvive } from './generation/child-phases.ts'
import type { Cause, Generation, GenerationResult } from './generation/interface.ts'
import { first, launch } from './generation/launch.ts'
import { mistakeAtEnd } from './generation/mistakes.ts'
import { runSuccession } from './generation/overlap.ts'
import { takeKeys } from './keys.ts'
import { isEndBy, leave } from './leave.ts'
import type { Started } from './start.ts'
import { createSupervisor, type Supervisor } from './supervisor.ts'

/** How code in this process acts on the loop. */
interface Outside {
  /** Ends the program like SIGTERM. */
  readonly abort?: AbortSignal | undefined
  /** Gets the function by which `requestRestart()` asks. */
  readonly role?: ParentRole
}

/** Runs the program to its final end. */
export async function relaunch(started: Started, { abort, role }: Outside = {}): Promise<Ending> {
  const supervisor = createSupervisor(started)
  const { settings, signals, history, cleanUp } = supervisor
  const releaseKeys = settings.keys ? takeKeys(supervisor) : () => {}
  abort?.addEventListener('abort', signals.end)
  if (role !== undefined) role.restart = signals.restart
  const exit = await runToEnd(supervisor).finally(releaseKeys).finally(cleanUp)
  abort?.removeEventListener('abort', signals.end)
  return settings.exit ? leave(exit) : { ...exit, restarts: history.launches - 1 }
}

async function runToEnd(supervisor: Supervisor): Promise<Exit> {
  const { settings, signals, standby, terminal, log, firstChild } = supervisor
  const pause = backOff(supervisor)

  let cause: Cause = { reason: { is: 'changed', changes: [] }, since: monotonic() }
  let generation: Generation | undefined
  if (firstChild !== undefined) generation = first(supervisor, firstChild, cause)
  else {
    const entry = supervisor.program.entry
    const files = new Map(entry === null ? [] : [[entry, stampOf(entry)]])
    cause = await waitForCause('waiting for a change before the first run', files, supervisor)
    generation = await launch(supervisor, cause)
  }
  while (generation !== undefined) {
    const end = await (settings.overlap ? runSuccession(generation, supervisor) : generation.over)
    if (end.exit.signal !== null) terminal.restore()

    const signal = signals.pending() ?? endSignal(end)
    const step = nextStep(end, signal, settings, cause.after)
    if (signal === undefined && step !== 'restart') log.once(mistakeAtEnd(end, cause.reason, settings))
    if (step === 'end') return exitOf(end.exit, signal)
    if (step === 'wait') {
      void standby.prepare() // after a crash at once, there may be none: it was the child
      const text = `the app ${howItEnded(end.exit)} · waiting for a change`
      cause = { ...(await waitForCause(text, end.loaded, supervisor)), after: end.exit }
    } else {
      cause = causeOf(end)
      await pause(end)
    }
    const interrupted = signals.pending() // a signal before the launch ends the program as by that signal
    if (interrupted !== undefined) return { code: null, signal: interrupted }
    generation = await launch(supervisor, cause)
  }
  return { code: null, signal: signals.pending() ?? 'SIGTERM' }
}

const howItEnded = ({ code, signal }: Exit): string =>
  signal === null ? `exited with ${code}` : `was killed by ${signal}`

type Step = 'restart' | 'wait' | 'end'

/**
 * Returns what to do after the end of a child. `signal`: the one that asked the program to end; `before`: how the
 * generation before it ended.
 */
export function nextStep(
  { exit, asked, boot, stopped }: Ended,
  signal: ForwardedSignal | undefined,
  { mode, onCrash, onExit }: Pick<Supervisor['settings'], 'mode' | 'onCrash' | 'onExit'>,
  before?: Exit,
): Step {
  if (signal !== undefined) return 'end'
  if (stopped === 'restart' || (exit.code === EX_TEMPFAIL && mode !== 'embedded')) return 'restart'
  // It ended during its boot, and another restart is due: by the user, or because the code was still being
  // saved. A half-saved file may be empty, and end with 0; twice in a row, the program itself writes what it loads.
  const isEarly = !hasBooted(boot) && (asked?.reason.is === 'changed' || asked?.reason.by === 'user')
  if (isEarly && (exit.code !== 0 || (before !== undefined && before.code !== 0))) return 'restart'
  if ((exit.code === 0 ? onExit : onCrash) !== 'wait') return 'end'
  // Asked by the user, it has ended in another way than by 75: there is nothing to wait for.
  return asked?.reason.is === 'requested' && asked.reason.by === 'user' ? 'restart' : 'wait'
}

/** Returns the signal that ended a generation. Undefined if the app survived it, and was outdated later. */
export function endSignal({ exit, asked, userSignal, stopped }: Ended): ForwardedSignal | undefined {
  if (userSignal === null) return undefined
  const { signal, at } = userSignal
  const isItsEnd = stopped === 'user' || (stopped === null && isEndBy(exit, signal))
  const wentOn = !isItsEnd && asked !== null && at + SAME_MOMENT < asked.at && maySurvive(signal)
  return wentOn ? undefined : signal
}

/** Within this time after a signal, in ms, the app is ending because of it, although an edit made it exit with 75. */
const SAME_MOMENT = 250

/** Returns the child's exit; but 75 after a signal counts as an end by that signal. */
const exitOf = (exit: Exit, signal: ForwardedSignal | undefined): Exit =>
  signal !== undefined && exit.code === EX_TEMPFAIL ? { code: null, signal } : exit

const causeOf = ({ asked, endedAt, exit: after }: Ended): Cause =>
  asked === null
    ? { reason: { is: 'requested', by: 'exit', text: 'the app exited with 75' }, since: endedAt, after }
    : { reason: asked.reason, since: asked.at, stopping: endedAt - asked.at, after }

/** Waits for a change, a request or a signal: SIGUSR2 launches again, any other ends the loop. */
async function waitForCause(
  text: string,
  loaded: GenerationResult['loaded'],
  supervisor: Supervisor,
): Promise<Cause> {
  const { program, log, signals } = supervisor
  const { changed, stop } = await program.waitForChange(loaded)
  // Logged only now, so that a save in response to this line is noticed; and without the debug lines
  // so far: a crash is ordinary while code is being written, and the app has just shown its reason.
  log.info(text)
  const reason = await Promise.race<Reason>([
    changed.then((changes) => ({ is: 'changed', changes })),
    signals.next().then((text) => ({ is: 'requested', by: 'user', text })),
  ])
  stop()
  return { reason, since: monotonic() }
}
