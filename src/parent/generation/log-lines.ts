/** Log lines about generations. */
import { describe, duration, type Log } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import type { Reason } from '../../protocol/change.ts'
import { isAddressSpaceLimited } from '../../system/address-space.ts'
import { monotonic } from '../../system/monotonic.ts'
import type { LifeLine } from './child-events.ts'
import type { Ended } from './child-phases.ts'

/** Signals by which V8 ends when it cannot reserve memory. */
const OUT_OF_MEMORY: readonly (string | null)[] = ['SIGTRAP', 'SIGABRT', 'SIGILL', 'SIGSEGV']
/** Within this time after its start a process has loaded little, in ms. */
const BOOT = 2000

/** Whether a child may have died of a limit with room for the program, but not for the watcher thread beside it. */
export const mayLackAddresses = ({ exit, startedAt, endedAt }: Ended): boolean =>
  OUT_OF_MEMORY.includes(exit.signal) && endedAt - startedAt < BOOT && isAddressSpaceLimited()
export const NO_ADDRESSES =
  'the address space is limited (ulimit -v), and there may be no room for the thread that watches · EXIT75=off runs the program without it'

const UNHEEDED =
  'the app neither polls shouldRestart() nor has called onRestart(), so nothing will end it for the restart · at least call onRestart(() => {})'

export const reasonText = (reason: Reason): string =>
  reason.is === 'requested' ? reason.text : describe(reason.changes)

export const elapsed = (since: number): string => duration(monotonic() - since)

/** Logs what a child is being waited for, and which limit it has exceeded. */
export function lifeLine(line: LifeLine, { signal, stopTimeout, killTimeout }: Settings, log: Log): void {
  switch (line.is) {
    case 'asked':
      return log.debug(
        `${reasonText(line.reason)} · ${line.cooperates ? 'asking the app to exit' : `sending ${signal}`}`,
      )
    case 'waiting': {
      const goal = line.after === 'restart' ? 'exit for the restart' : `end after ${line.after}`
      const text = `waiting for the app to ${goal} · ${Math.round((monotonic() - line.since) / 1000)} s`
      return process.stderr.isTTY ? log.progress(text) : log.info(text)
    }
    case 'unheeded':
      return log.info(UNHEEDED)
    case 'stop limit':
      return log.warn(
        `the app did not exit within ${duration(stopTimeout)} (stopTimeout) · sending ${signal}`,
      )
    case 'kill limit':
      return log.warn(`still running ${duration(killTimeout)} after the signal · sending SIGKILL`)
  }
}
