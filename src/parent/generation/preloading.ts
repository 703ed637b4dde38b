/** What the next standby loads ahead: the packages of the last generation, except those that are not pure enough. */
import type { Log } from '../../log.ts'
import {
  type BootReport,
  hasPackage,
  type LoadPlan,
  NOTHING_AHEAD,
  packageName,
  type Unfit,
} from '../../protocol/packages.ts'

/** A standby loads packages only if this many times the app's memory is available. */
const MEMORY = 4

export interface Preloading {
  /** A generation has booted. */
  readonly booted: (report: BootReport) => void
  /** Leaves these to the app from now on. Returns false if none of them is new. */
  readonly leave: (packages: readonly Unfit[]) => boolean
  readonly plan: () => LoadPlan
  /** A standby has loaded all of this plan, and found it fit. */
  readonly trust: (plan: LoadPlan) => void
  /** Whether such a standby may be launched before it is ready. */
  readonly isTrusted: (plan: LoadPlan) => boolean
}

export function preloading(log: Log, availableMemory: () => number = freeMemory): Preloading {
  const left = new Map<string, string>()
  /** Collected over all generations: one that was started cold does not see all that the app changes. */
  const properties = new Set<string>()
  let report: BootReport | undefined
  let trusted: LoadPlan | undefined
  return {
    booted(now) {
      report = now
      for (const name of now.properties) properties.add(name)
    },
    leave(packages) {
      const news = packages.filter(({ url }) => !left.has(url))
      for (const { url, why } of news) {
        left.set(url, why)
        log.debug(`${packageName(url)} ${why} · not loaded ahead`)
      }
      return news.length > 0
    },
    plan() {
      if (report === undefined || report.hasChangedProcess) return NOTHING_AHEAD
      const { packages, env, globals, hasMain, rss } = report
      if (availableMemory() < MEMORY * rss) return NOTHING_AHEAD
      const fit = packages.filter(({ url }) => !left.has(url))
      return { packages: fit, env, globals, properties: [...properties].sort(), hasMain }
    },
    trust(plan) {
      trusted = plan
    },
    isTrusted: (plan) => !hasPackage(plan) || (trusted !== undefined && isSamePlan(plan, trusted)),
  }
}

export const isSamePlan = (one: LoadPlan, other: LoadPlan): boolean => listOf(one) === listOf(other)
const listOf = ({ packages, properties }: LoadPlan): string =>
  [...packages.map(({ url }) => url), ...properties].join('\n')

/** Returns the memory available to this process, in bytes: in a container, within its limit. */
function freeMemory(): number {
  return process.availableMemory()
}
