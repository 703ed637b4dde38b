/** One generation, from its start to its end: what it says is heard, and acted on. */
import { deferred } from '../../deferred.ts'
import type { Reason } from '../../protocol/change.ts'
import type { Exit } from '../../protocol/exit.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import { stampOf } from '../../watch/files/stamp.ts'
import type { RunningChild } from '../programs/spawn-node.ts'
import type { Supervisor } from '../supervisor.ts'
import { detectBoot } from './boot-detection.ts'
import { because, since, tellUser } from './log-lines.ts'
import { patience } from './stopper.ts'

/** What is to be known of a generation when it is over. */
export interface Life {
  readonly exit: Exit
  /** Why it was asked to restart; undefined if it was not. */
  readonly reason: Reason | undefined
  /** When that was, on the clock of `performance.now()`; else when it ended. */
  readonly askedAt: number
  readonly startedAt: number
  readonly hasBooted: boolean
  /** The parent ended it for a restart: its time was up, or it is a program that cannot be asked. */
  readonly wasStopped: boolean
  /** What it loaded or looked for, with the stamps of that moment (`onCrash: 'wait'`). */
  readonly loaded: ReadonlyMap<string, string>
}

/** Why a generation is launched, and since when that has been known. */
export interface Cause {
  readonly reason: Reason
  readonly since: number
}

/** A running generation. */
export interface Generation {
  readonly number: number
  readonly life: Promise<Life>
  /** Resolves when the app has called `ready()`. */
  readonly isReady: Promise<void>
  /** With `overlap`: resolves when it is outdated, once for each time. */
  readonly outdated: () => Promise<Cause>
  /** With `overlap`: turns its `shouldRestart()` true. */
  readonly retire: (reason: Reason) => void
  /** Ends it: the signal for that, and SIGKILL after `killTimeout`. */
  readonly stop: () => void
}

/** A standby that is launched begins within this time, ms, or is given up. */
const BEGIN_TIME = 3000

export interface Attended {
  readonly hasStarted: Promise<boolean>
  readonly generation: Generation
}

export function attend(child: RunningChild, parent: Supervisor, cause: Cause): Attended {
  const { program, settings, log, signals, relay, standby, past } = parent
  const number = past.launches
  // What a child that dies before it has reported anything leaves to wait for.
  const expected =
    settings.onCrash === 'wait' || settings.onExit === 'wait' ? [program.entry ?? [], past.files].flat() : []
  const stamps = new Map(expected.map((path) => [path, stampOf(path)]))
  const boot = detectBoot(child, standby.prepare)
  const waiting = patience(child, settings, log)
  const begun = deferred<boolean>()
  const ready = deferred<void>()
  let outdated = deferred<Cause>()
  let cooperates = settings.mode === 'app'
  let reason: Reason | undefined
  let askedAt: number | undefined
  let failure: Error | undefined
  let later: NodeJS.Timeout | undefined

  log.debug(`generation ${number} is process ${child.process.pid}`)
  signals.aim(child, waiting.forSignal)
  relay.hear(child.process)
  if (!settings.overlap || number === 1) relay.deliverTo(child.process)
  const timer = setTimeout(() => begun.resolve(false), BEGIN_TIME)
  program.tree?.tell({
    changed: (changes) => child.post({ is: 'restart', reason: { is: 'changed', changes } }),
    note: log.info,
    debug: log.debug,
    failed(error) {
      failure = error
      waiting.end()
    },
    watches: (path) => child.loaded.has(path),
  })
  child.onMessage(onMessage) // last: what the first child has said so far is heard at once
  const generation: Generation = {
    number,
    life: untilItsEnd(),
    isReady: ready.promise,
    async outdated() {
      const next = await outdated.promise
      outdated = deferred()
      return next
    },
    retire(why) {
      child.post({ is: 'retire', reason: why })
      ask(why)
    },
    stop: waiting.end,
  }
  return { hasStarted: begun.promise, generation }

  async function untilItsEnd(): Promise<Life> {
    const exit = await Promise.race([child.ended, waiting.inVain])
    log.debug(`generation ${number} ended with ${exit.signal ?? exit.code}`)
    clearTimeout(timer)
    clearTimeout(later)
    begun.resolve(false)
    if (failure !== undefined) throw failure
    const loaded = new Map([...stamps, ...child.loaded])
    past.files = [...loaded.keys()]
    return {
      exit,
      reason,
      askedAt: askedAt ?? performance.now(),
      startedAt: child.startedAt,
      hasBooted: boot.hasBooted(),
      wasStopped: waiting.isOver(),
      loaded,
    }
  }

  function ask(why: Reason): void {
    // What a program saves while Ctrl-C ends it is no reason to end it faster, and to run it again.
    const rest = cooperates ? 0 : signals.closing()
    clearTimeout(later)
    if (rest > 0) {
      if (Number.isFinite(rest)) later = setTimeout(ask, rest, why)
      return
    }
    reason = why
    askedAt ??= performance.now()
    log.debug(`${because(why)} · ${cooperates ? 'asking the app to exit' : settings.signal}`)
    if (cooperates) waiting.forRestart()
    else waiting.end()
  }

  function onMessage(word: ChildMessage): void {
    boot.onMessage(word)
    switch (word.is) {
      case 'started':
        begun.resolve(true)
        clearTimeout(timer)
        boot.begin()
        if (number > 1 && !settings.overlap)
          log.info(`${because(cause.reason)} · restarted in ${since(cause)}`)
        return
      case 'stale':
        return begun.resolve(false)
      case 'cooperates':
        cooperates = true
        return
      case 'ready':
        relay.deliverTo(child.process)
        return ready.resolve()
      case 'outdated':
        if (settings.overlap) outdated.resolve({ reason: word.reason, since: performance.now() })
        else ask(word.reason)
        return
      case 'polling':
        if (!past.isPolling) log.info(`no file events: ${word.why} · polling instead`)
        past.isPolling = true
        return
      default:
        return tellUser(word, log)
    }
  }
}
