/**
 * How far the boot of a child has come, as a pure function: the app is pinged until it answers promptly, or
 * polls `shouldRestart()`. Then the next standby may boot without slowing it down.
 */
import { cancel, type Effect, post, tell, timer } from './child-events.ts'

export type Boot =
  | { readonly is: 'loading' }
  | { readonly is: 'pinged'; readonly at: number; readonly isFirst: boolean }
  /** It has answered, but late: it is busy. */
  | { readonly is: 'busy' }
  /** It has not answered within the limit, and is no longer waited for. */
  | { readonly is: 'overdue' }
  | { readonly is: 'booted'; readonly at: number }

export type BootEvent = 'started' | 'ping' | 'pong' | 'polls' | 'limit'

/** Interval of the pings, and the time within which an idle app answers, in ms. */
const PING_INTERVAL = 100
const PROMPT = 20
/** Longest wait for an app that is never idle, in ms. */
const BOOT_LIMIT = 2000

export function booting(boot: Boot, event: BootEvent, at: number): readonly [Boot, readonly Effect[]] {
  switch (event) {
    case 'started':
      return [boot, [timer('ping', PING_INTERVAL), timer('boot', BOOT_LIMIT)]]
    case 'ping':
      return [{ is: 'pinged', at, isFirst: boot.is === 'loading' }, [post({ is: 'ping', about: 'boot' })]]
    case 'pong':
      if (boot.is === 'overdue') return [{ is: 'booted', at }, []]
      if (boot.is !== 'pinged') return [boot, []]
      if (at - boot.at < PROMPT) return [{ is: 'booted', at }, idle()]
      return [{ is: 'busy' }, [timer('ping', PING_INTERVAL)]]
    case 'polls': // it is in its main loop, which may never be idle
      return [{ is: 'booted', at: boot.is === 'booted' ? boot.at : at }, idle()]
    case 'limit':
      return [hasBooted(boot) ? { is: 'booted', at } : { is: 'overdue' }, idle()]
  }
}

export const hasBooted = (boot: Boot): boolean =>
  boot.is === 'booted' || boot.is === 'busy' || (boot.is === 'pinged' && !boot.isFirst)

const idle = (): Effect[] => [cancel('ping'), cancel('boot'), tell('idle')]
