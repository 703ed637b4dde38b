/** One generation, from its start to its end: what it says is heard, and acted on. */
import { describe, duration, type Log, shown } from '../log.ts'
import { stampOf } from '../watch/stamp.ts'
import type { ChildWord, Exit, Reason } from '../wire.ts'
import type { Family } from './birth.ts'
import { watchForIdleness } from './idleness.ts'
import type { Relay } from './messages.ts'
import { patience } from './patience.ts'
import type { Signals } from './signals.ts'
import { type RunningChild, spawnChild } from './spawn-child.ts'
import type { Standby } from './standby.ts'

/** What all generations have in common. */
export interface Parent extends Family {
  readonly log: Log
  readonly signals: Signals
  readonly relay: Relay
  readonly standby: Standby
}

/** What is to be known of a generation when it is over. */
export interface Life {
  readonly exit: Exit
  /** Why it was asked to restart; undefined if it was not. */
  readonly reason: Reason | undefined
  /** When that was, on the clock of `performance.now()`; else when it ended. */
  readonly askedAt: number
  readonly bornAt: number
  readonly hasBooted: boolean
  /** The parent ended it, because its time for a restart was up. */
  readonly wasStopped: boolean
  /** What it loaded or looked for, with the stamps of that moment (`onCrash: 'wait'`). */
  readonly loaded: ReadonlyMap<string, string>
}

/** Why a generation is launched, and since when that has been known. */
export interface Cause {
  readonly reason: Reason
  readonly since: number
}

/** A standby that is launched begins within this time, ms, or is given up. */
const BEGIN_TIME = 3000

export async function live(parent: Parent, generation: number, cause: Cause): Promise<Life> {
  const launch = { generation, changes: cause.reason.changes }
  const ready = parent.standby.launch(launch)
  if (ready !== undefined) {
    const { hasBegun, life } = attend(ready, parent, generation, cause)
    if ((await hasBegun) || parent.signals.asked() !== undefined) return life
    parent.log.debug(`standby ${ready.process.pid} did not begin`)
    ready.kill('SIGKILL')
    await life // never two generations at once
  }
  const cold = spawnChild(parent, launch)
  return attend(cold, parent, generation, cause).life
}

interface Attended {
  readonly hasBegun: Promise<boolean>
  readonly life: Promise<Life>
}

function attend(child: RunningChild, parent: Parent, generation: number, cause: Cause): Attended {
  const { command, settings, log, signals, relay, standby } = parent
  const bornAt = performance.now()
  // Even a child that dies before it has read anything leaves something to wait for.
  const loaded = new Map(command.entry === null ? [] : [[command.entry, stampOf(command.entry)]])
  const idleness = watchForIdleness(child, standby.prepare)
  const waiting = patience(child, settings, log)
  let reason: Reason | undefined
  let askedAt: number | undefined
  let begun: (hasBegun: boolean) => void = () => {}
  const hasBegun = new Promise<boolean>((resolve) => (begun = resolve))

  log.debug(`generation ${generation} is process ${child.process.pid}`)
  child.hear(hear)
  signals.aim(child, waiting.forSignal)
  relay.attach(child.process)
  const timer = setTimeout(() => begun(false), BEGIN_TIME)
  return { hasBegun, life: untilItsEnd() }

  async function untilItsEnd(): Promise<Life> {
    const exit = await child.ended
    log.debug(`generation ${generation} ended with ${exit.signal ?? exit.code}`)
    clearTimeout(timer)
    begun(false)
    return {
      exit,
      reason,
      askedAt: askedAt ?? performance.now(),
      bornAt,
      hasBooted: idleness.hasBooted(),
      wasStopped: waiting.isOver(),
      loaded,
    }
  }

  function hear(word: ChildWord): void {
    signals.hear(word)
    idleness.hear(word)
    switch (word.is) {
      case 'started':
        begun(true)
        clearTimeout(timer)
        idleness.begin()
        if (generation > 1)
          log.info(`${because(cause.reason)} · restarted in ${duration(performance.now() - cause.since)}`)
        return
      case 'stale':
        return begun(false)
      case 'outdated':
        reason = word
        askedAt ??= performance.now()
        log.debug(`${because(word)} · asking the app to exit`)
        return waiting.forRestart()
      case 'loaded':
        for (const { path, stamp } of word.files) loaded.set(path, stamp)
        return
      default:
        return tell(word, log)
    }
  }
}

/** What is only for the user to know. */
function tell(word: ChildWord, log: Log): void {
  switch (word.is) {
    case 'broken': {
      const line = word.line === null ? '' : `:${word.line}`
      return log.info(`${shown(word.path)}${line} does not parse: ${word.message} · the running code stays`)
    }
    case 'mended':
      return log.info(`${shown(word.path)} is as it was when it was loaded · nothing to do`)
    case 'polling':
      return log.info(`no file events: ${word.why} · polling instead`)
    case 'note':
      return log.info(word.text)
    case 'failed':
      return log.warn(`files are no longer watched: ${word.message}`)
  }
}

const because = ({ changes, why }: Reason): string => why ?? describe(changes)
