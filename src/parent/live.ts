/** One generation, from its start to its end: what it says is heard, and acted on. */
import { describe, duration, type Log, shown } from '../log.ts'
import type { ChildWord, Exit, Reason } from '../wire.ts'
import type { Command } from './command.ts'
import type { Relay } from './messages.ts'
import type { Settings } from './options.ts'
import { patience } from './patience.ts'
import type { Signals } from './signals.ts'
import { spawnChild } from './spawn-child.ts'

/** What all generations have in common. */
export interface Parent {
  readonly command: Command
  readonly settings: Settings
  readonly log: Log
  readonly signals: Signals
  readonly relay: Relay
}

/** What is to be known of a generation when it is over. */
export interface Life {
  readonly exit: Exit
  /** Why it was asked to restart; undefined if it was not. */
  readonly reason: Reason | undefined
  /** When that was, on the clock of `performance.now()`; else when it ended. */
  readonly askedAt: number
  readonly bornAt: number
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

export async function live(parent: Parent, generation: number, cause: Cause): Promise<Life> {
  const { command, settings, log, signals, relay } = parent
  const bornAt = performance.now()
  const loaded = new Map<string, string>()
  let reason: Reason | undefined
  let askedAt: number | undefined

  const child = spawnChild(command, birthOf(parent, generation, cause.reason), hear)
  const waiting = patience(child, settings, log)
  relay.attach(child.process)
  signals.aim(child, waiting.forSignal)
  log.debug(`generation ${generation} is process ${child.process.pid}`)

  const exit = await child.ended
  log.debug(`generation ${generation} ended with ${exit.signal ?? exit.code}`)
  return { exit, reason, askedAt: askedAt ?? performance.now(), bornAt, wasStopped: waiting.isOver(), loaded }

  function hear(word: ChildWord): void {
    signals.hear(word)
    switch (word.is) {
      case 'started':
        if (generation > 1)
          log.info(`${because(cause.reason)} · restarted in ${duration(performance.now() - cause.since)}`)
        return
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

function birthOf({ command, settings }: Parent, generation: number, reason: Reason) {
  const { settle, poll, nodeModules, syntaxCheck, killTimeout, onCrash } = settings
  const watching = {
    settle,
    poll: poll === false ? null : poll,
    nodeModules,
    syntaxCheck,
    killTimeout: Number.isFinite(killTimeout) ? killTimeout : null,
    reportLoaded: onCrash === 'wait',
    alsoWatch: command.envFiles,
  }
  return { generation, changes: reason.changes, watching }
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
    case 'failed':
      return log.warn(`files are no longer watched: ${word.message}`)
  }
}

const because = ({ changes, why }: Reason): string => why ?? describe(changes)
