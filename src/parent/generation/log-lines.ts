/** Log lines about generations. */
import { describe, duration, type Log, shown } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import type { Reason } from '../../protocol/change.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import type { LifeLine } from './child-events.ts'

export const reasonText = (reason: Reason): string =>
  reason.is === 'requested' ? reason.text : describe(reason.changes)
export const elapsed = (since: number): string => duration(performance.now() - since)

/** Logs what a child is waited for, and which limit it has exceeded. */
export function lifeLine(line: LifeLine, { signal, stopTimeout, killTimeout }: Settings, log: Log): void {
  switch (line.is) {
    case 'asked':
      return log.debug(
        `${reasonText(line.reason)} · ${line.cooperates ? 'asking the app to exit' : `sending ${signal}`}`,
      )
    case 'waiting': {
      const goal = line.after === 'restart' ? 'exit for the restart' : `end after ${line.after}`
      const text = `waiting for the app to ${goal} · ${Math.round((performance.now() - line.since) / 1000)} s`
      return process.stderr.isTTY ? log.progress(text) : log.info(text)
    }
    case 'stop limit':
      return log.warn(`the app did not exit within ${duration(stopTimeout)} (stopTimeout) · ${signal}`)
    case 'kill limit':
      return log.warn(`still running ${duration(killTimeout)} after the signal · SIGKILL`)
  }
}

/** Logs messages of a child that are meant for the user. */
export function messageLine(message: ChildMessage, log: Log): void {
  switch (message.is) {
    case 'syntax-error': {
      const line = message.line === null ? '' : `:${message.line}`
      return log.info(
        `${shown(message.path)}${line} does not parse: ${message.message} · the running code stays`,
      )
    }
    case 'fixed':
      return log.info(`${shown(message.path)} is back to the loaded version · nothing to do`)
    case 'note':
      return log.info(message.text)
    case 'trace':
      return log.debug(message.text)
    case 'failed':
      return log.warn(`files are no longer watched: ${message.message}`)
  }
}
