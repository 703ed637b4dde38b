/** Log lines about generations. */
import { describe, duration, type Log, shown } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import type { Reason } from '../../protocol/change.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import { isAddressSpaceLimited } from '../../system/address-space.ts'
import type { LifeLine } from './child-events.ts'
import type { Ended } from './child-state.ts'

/** How V8 ends when it cannot reserve what it wants. */
const OUT_OF_MEMORY: readonly (string | null)[] = ['SIGTRAP', 'SIGABRT', 'SIGILL', 'SIGSEGV']
/** Within this time after its start a process has loaded little, in ms. */
const BOOT = 2000

/** Whether a child may have died of a limit that leaves Node room for a program, and not for a thread beside it. */
export const mayLackAddresses = ({ exit, startedAt, endedAt }: Ended): boolean =>
  OUT_OF_MEMORY.includes(exit.signal) && endedAt - startedAt < BOOT && isAddressSpaceLimited()
export const NO_ADDRESSES =
  'the address space is limited (ulimit -v): the thread that watches may not fit in · EXIT75=off runs the program without it'

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

/** Logs what the user is told once, whichever generation it comes up in. */
export function lineOnce(
  message: ChildMessage & { is: 'polling' | 'forks' },
  { mode, watch }: Settings,
  log: Log,
): void {
  if (message.is === 'polling') return log.info(`no file events: ${message.why} · polling instead`)
  if (watch !== null) return // somebody has thought of it
  const remedy = mode === 'app' ? "watch('<directory>')" : '--watch <directory>'
  log.info(
    `${shown(message.script)} runs in a process of its own: what it loads is not watched (${remedy} does)`,
  )
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
      return log.fault(`files are no longer watched: ${message.message}`)
  }
}
