/** Runs one generation from start to end: carries out the effects that child-state.ts returns. */
import { deferred } from '../../deferred.ts'
import { duration } from '../../log.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import { PASSED_ON } from '../../protocol/signals.ts'
import { monotonic } from '../../system/monotonic.ts'
import { stampOf } from '../../watch/files/stamp.ts'
import type { RunningChild } from '../programs/program.ts'
import type { Supervisor } from '../supervisor.ts'
import type { ChildEvent, ChildRules, Effect, Timer } from './child-events.ts'
import { type ChildState, type Ended, isEnding } from './child-phases.ts'
import { born, step } from './child-state.ts'
import type { Cause, Generation, GenerationResult } from './interface.ts'
import { lifeLine, mayLackAddresses, NO_ADDRESSES, reasonText } from './log-lines.ts'
import { tellUser } from './message-lines.ts'
import { upLine } from './up-line.ts'
import { watchBeforeBoot } from './watch-before-boot.ts'

/** `isCold`: the child was not a standby, so it is never given up, and measures how long a boot takes here. */
export function runGeneration(
  child: RunningChild,
  supervisor: Supervisor,
  cause: Cause,
  isCold = false,
): Generation {
  const { program, settings, log, signals, relay, standby, history } = supervisor
  const number = history.launches
  const rules: ChildRules = {
    ...settings,
    stopSignal: settings.signal,
    passedOn: PASSED_ON,
    startLimit: standby.startLimit(),
    isTerminal: process.stderr.isTTY === true,
  }
  const stamps = filesToExpect(supervisor)
  const started = deferred<boolean>()
  const begun = deferred<void>()
  const ready = deferred<void>()
  const over = deferred<GenerationResult>()
  let outdated = deferred<Cause>()
  let failure: Error | undefined
  let state: ChildState
  const timers = new Map<Timer, NodeJS.Timeout>()
  const { since, stopping } = cause
  const up = upLine({ why: reasonText(cause.reason), since, stopping }, history.signs, log)
  const [first, effects] = born(rules, child.startedAt)
  state = first

  log.debug(`generation ${number} is process ${child.process.pid}`)
  for (const effect of effects) carryOut(effect)
  const undo = signals.aim({
    child,
    onSignal: (signal) => dispatch({ is: 'signal', signal }),
    onRestart: (reason) => dispatch({ is: 'restart', reason }),
    isEnding: () => isEnding(state),
  })
  relay.forwardFrom(child.process)
  if (!settings.overlap || number === 1) relay.deliverTo(child.process)
  standby.onSettings((files) => child.post({ is: 'settings', files }))
  program.watchedPaths?.setListener({
    changed: (changes) => dispatch({ is: 'restart', reason: { is: 'changed', changes } }),
    note: log.info,
    debug: log.debug,
    failed(error) {
      failure = error
      dispatch({ is: 'stop', cause: 'failure' })
    },
    watches: (path) => child.loaded.has(path),
  })
  if (program.waitsForDebugger) restartForEdits()
  child.onMessage(onMessage) // last: what the first child has sent so far is delivered at once
  child.ended.then((exit) => dispatch({ is: 'exit', exit }), over.reject).finally(begun.resolve)

  return {
    number,
    child,
    over: over.promise.finally(release),
    started: started.promise,
    ready: ready.promise,
    async outdated() {
      const next = await outdated.promise
      outdated = deferred()
      return next
    },
    retire: (reason) => dispatch({ is: 'retire', reason }),
    stop: (cause) => dispatch({ is: 'stop', cause }),
  }

  function restartForEdits(): void {
    void watchBeforeBoot(program, stamps, begun.promise, (changes) => {
      dispatch({ is: 'message', message: { is: 'outdated', reason: { is: 'changed', changes } } })
      dispatch({ is: 'stop', cause: 'restart' })
    })
  }

  function dispatch(event: ChildEvent): void {
    const [next, effects] = step(state, event, monotonic(), rules)
    const isOver = next.is === 'ended' && state.is !== 'ended'
    state = next
    for (const effect of effects) carryOut(effect)
    if (isOver) finish(next)
  }

  function carryOut(effect: Effect): void {
    switch (effect.do) {
      case 'post':
        return child.post(effect.message)
      case 'kill':
        return child.kill(effect.signal)
      case 'timer':
        return startTimer(effect.timer, effect.ms)
      case 'cancel':
        return clearTimeout(timers.get(effect.timer))
      case 'deliver':
        return void setImmediate(() => dispatch({ is: 'deliver', signal: effect.signal }))
      case 'log':
        return lifeLine(effect.line, settings, log)
      case 'tell':
        return tell(effect)
    }
  }

  function tell(effect: Effect & { do: 'tell' }): void {
    switch (effect.what) {
      case 'started':
        begun.resolve()
        if (isCold) standby.begun(monotonic() - child.startedAt)
        if (number > 1 && !settings.overlap) {
          up.begin()
          // Answered when it is first idle, maybe amid its imports. About a command no more is known than that it runs.
          if (program.title.isNode) child.post({ is: 'ping', about: 'idle' })
          else up.seen('idle')
        }
        return started.resolve(true)
      case 'kept':
        return started.resolve(true)
      case 'not started':
        if (isCold && state.is === 'starting' && !program.waitsForDebugger) restartForEdits()
        return started.resolve(false)
      case 'idle':
        if (state.boot.is !== 'overdue') up.seen('idle')
        return void standby.prepare()
      case 'ready':
        relay.deliverTo(child.process)
        return ready.resolve()
      case 'outdated':
        return outdated.resolve({ reason: effect.reason, since: monotonic() })
      case 'unkillable':
        return over.reject(
          new Error(
            `process ${child.process.pid} is still not gone ${duration(settings.goneTimeout)} after SIGKILL`,
          ),
        )
    }
  }

  function onMessage(message: ChildMessage): void {
    if (message.is === 'pong' && (message.about === 'idle' || message.about === 'boot')) {
      up.answered(message.loaded ?? 0)
      if (state.boot.is === 'overdue') up.seen('idle')
    }
    if (message.is === 'booted') standby.booted(message.report)
    if (message.is === 'unfit') standby.leave(message.packages)
    if (message.is === 'ready' || message.is === 'listening' || message.is === 'polls') up.seen(message.is)
    tellUser(message, supervisor)
    dispatch({ is: 'message', message })
  }

  function startTimer(timer: Timer, ms: number): void {
    clearTimeout(timers.get(timer))
    if (ms < 2 ** 31)
      timers.set(
        timer,
        setTimeout(() => dispatch({ is: 'timer', timer }), ms),
      ) // else: never
  }

  function finish(result: Ended): void {
    up.end()
    log.debug(`generation ${number} ended with ${result.exit.signal ?? result.exit.code}`)
    if (mayLackAddresses(result)) log.fault(NO_ADDRESSES)
    const loaded = new Map([...stamps, ...child.loaded])
    // Not all that was ever edited: each launch looks at these.
    history.files = [...new Set([...history.files, ...child.loaded.keys()])]
    if (failure === undefined) over.resolve({ ...result, loaded })
    else over.reject(failure)
  }

  function release(): void {
    undo()
    for (const timer of timers.values()) clearTimeout(timer)
  }
}

/** Returns the files to watch if a child is stuck, or dies, before it has reported any, and their stamps. */
function filesToExpect({ program, history }: Supervisor): ReadonlyMap<string, string> {
  const edited = history.changes.map(({ path }) => path) // the next edit is often one of the same file
  const paths = [program.entry ?? [], history.files, edited].flat()
  return new Map(paths.map((path) => [path, stampOf(path)]))
}
