/** Mistakes in the use of exit75 that the parent can recognize, and what to write instead. */
import { Server } from 'node:net'
import { duration } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import { parseAddress } from '../../protocol/address.ts'
import type { Reason } from '../../protocol/change.ts'
import { EX_TEMPFAIL } from '../../protocol/exit.ts'
import { PATTERN } from '../../system/pattern.ts'
import { hasBooted } from './boot-state.ts'
import type { Ended } from './child-phases.ts'
import { reasonText } from './log-lines.ts'

/** An end within this time after the start counts as a failed boot, in ms. */
const BOOT = 2000

/** Returns what was wrong with the end of a child that no signal had asked to end. Undefined if nothing was. */
export function mistakeAtEnd(
  { exit, asked, boot, cooperates, startedAt, endedAt, stopped }: Ended,
  reason: Reason,
  { mode, onCrash }: Pick<Settings, 'mode' | 'onCrash'>,
): string | undefined {
  if (mode === 'embedded' || stopped !== null || exit.code === EX_TEMPFAIL) return undefined
  const how = exit.signal ?? exit.code
  if (asked !== null && cooperates && exit.signal === null && hasBooted(boot))
    return `${reasonText(asked.reason)}, but the app ended with ${how}, which does not restart it · end it with process.exit(75)`
  const isAtBoot = !hasBooted(boot) || endedAt - startedAt < BOOT
  const isAfterEdit = reason.is === 'changed' && reason.changes.length > 0
  if (asked === null && mode === 'app' && onCrash === 'exit' && exit.code !== 0 && isAtBoot && isAfterEdit)
    return `the new code ended with ${how} while it started, and the parent ends with it · launchChild({ onCrash: 'wait' }) waits for the fix`
  return undefined
}

/** Returns the line about a port that the app cannot get. Undefined if it is not the parent that holds it. */
export function ownerOfPort(
  port: number,
  { listen, mode }: Pick<Settings, 'listen' | 'mode'>,
  ownPorts: readonly number[],
): string | undefined {
  const held = listen.some((address) => {
    const parsed = parseAddress(address)
    return (typeof parsed === 'object' ? parsed.port : parsed) === port
  })
  if (held)
    return `the parent holds port ${port} (option listen), and the app has to take it from there · server.listen(listenOn(${port}))`
  if (mode === 'app' && ownPorts.includes(port))
    return `the parent listens on port ${port}, too, because the entry runs there as well · listen in main(), and write: ${PATTERN}`
  return undefined
}

/** Returns the ports that servers of this process listen on. */
export function portsOfThisProcess(): number[] {
  // Undocumented, but getActiveResourcesInfo() does not tell ports.
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles?: () => unknown[] }
  return (handles?.call(process) ?? []).flatMap((handle) => {
    const address = handle instanceof Server ? handle.address() : null
    return address !== null && typeof address === 'object' ? [address.port] : []
  })
}

/** Returns the line for an app with `overlap` that has not called `ready()` within this time, in ms. */
export const neverReady = (ms: number): string =>
  `overlap: the app has not called ready() within ${duration(ms)}, and no new code takes over until it does · call ready() once it serves`
