/**
 * The next child, booted ahead and held before any of the app is loaded. It exists only for speed:
 * whatever goes wrong with it, the next child is started cold.
 */
import type { Log } from '../../log.ts'
import type { StampedFile } from '../../protocol/change.ts'
import type { Launch } from '../../protocol/child-config.ts'
import type { BootReport, LoadPlan, Unfit } from '../../protocol/packages.ts'
import { monotonic } from '../../system/monotonic.ts'
import type { Program, RunningChild } from '../programs/program.ts'
import type { Signals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'
import { isSamePlan, preloading } from './preloading.ts'

/** Number of useless standbys in a row after which no more are started. */
const TRIES = 5
/** Longest boot of a standby without its packages, in ms: after that it counts as stuck. */
const BOOT_TIME = 2000
/** Longest time for one package, in ms: after that its import counts as stuck. */
const LOAD_TIME = 10_000
/** Longest time from the launch until the app begins, or the next package is loaded before that, in ms. */
const START_TIME = 3000
/** Longest boot that says something about the machine, in ms: in a longer one the processes were suspended. */
const LONGEST_BOOT = 60_000

export interface Standby {
  /** Boots a standby, if there is none; but not before a child has begun. */
  readonly prepare: () => Promise<void>
  /** Takes the standby, and tells it to begin. Undefined if there is none. */
  readonly launch: (launch: Launch) => RunningChild | undefined
  /** How long a launched child may take to begin before it counts as stuck, in ms. */
  readonly startLimit: () => number
  /** A child that was started cold has begun, this many ms after its start. */
  readonly begun: (ms: number) => void
  /** A generation has booted: the next standby loads its packages. */
  readonly booted: (report: BootReport) => void
  /** A generation has found that these must not be loaded ahead. */
  readonly leave: (packages: readonly Unfit[]) => void
  /** Calls back, in place of the last listener, with the settings that loaders of a new standby have read. */
  readonly onSettings: (listener: (files: readonly StampedFile[]) => void) => void
  /** Replaces the standby, since it differs from a new one. */
  readonly renew: () => void
  /** Returns the standby, if any. */
  readonly child: () => RunningChild | undefined
  /** Ends the standby. */
  readonly drop: () => Promise<void>
}

interface Kept {
  readonly child: RunningChild
  readonly plan: LoadPlan
  readonly settings: StampedFile[]
  state: State
}

type State =
  | { readonly is: 'booting' }
  /** It is loading this module, or has loaded it. */
  | { readonly is: 'loading'; readonly url: string }
  /** It has loaded an unfit package. */
  | { readonly is: 'spoilt' }
  | { readonly is: 'ready' }

interface Surroundings {
  readonly program: Program
  readonly terminal: Terminal
  readonly signals: Signals
  readonly log: Log
}

export function keepStandby({ program, terminal, signals, log }: Surroundings): Standby {
  let kept: Kept | undefined
  const packages = preloading(log)
  let useless = 0
  let tellSettings = (_files: readonly StampedFile[]) => {}
  /** How long the last standby took to be ready, and the last cold child to begin, in ms. */
  let lastBoot = 0
  let lastColdBoot: number | undefined

  return {
    prepare,
    launch(launch) {
      const taken = take()
      useless = 0
      if (taken === undefined) return undefined
      const { child } = taken
      if (isWorthWaiting(taken)) child.post({ is: 'launch', launch })
      else child.kill('SIGKILL')
      return child
    },
    startLimit: () => withPatience(START_TIME),
    begun(ms) {
      lastColdBoot = Math.min(ms, LONGEST_BOOT)
    },
    booted(report) {
      packages.booted(report)
      // The standby may have been started before this report, for an app that seemed never to be idle.
      if (kept !== undefined && !isSamePlan(kept.plan, packages.plan())) replace(kept, true)
    },
    leave(unfit) {
      if (packages.leave(unfit) && kept !== undefined) replace(kept)
    },
    onSettings(listener) {
      tellSettings = listener
    },
    renew: () => void (kept && replace(kept)),
    child: () => kept?.child,
    async drop() {
      const taken = take()
      taken?.child.kill('SIGKILL')
      await taken?.child.ended
    },
  }

  async function prepare(): Promise<void> {
    // If Node has refused to start (its flags), each standby would report that again.
    const isPossible = program.keepsStandby && lastColdBoot !== undefined && useless < TRIES
    if (!isPossible || !(await isWelcome()) || kept !== undefined) return
    const child = program.spawn(null)
    if (child.process.pid === undefined) {
      const error = await child.ended.catch((error: NodeJS.ErrnoException) => error)
      return log.debug(`no standby: ${'code' in error ? error.code : error}`) // slower, but harmless
    }
    const entry: Kept = { child, plan: packages.plan(), settings: [], state: { is: 'booting' } }
    kept = entry
    child.post({ is: 'preload', plan: entry.plan })
    const limit = setTimeout(() => stuck(entry, 'is not loaded in time'), withPatience(LOAD_TIME)).unref()
    if (entry.plan.packages.length === 0) clearTimeout(limit)
    child.onMessage((message) => {
      if (message.is === 'loading') {
        limit.refresh()
        entry.state = { is: 'loading', url: message.url }
      }
      if (message.is === 'settings') entry.settings.push(...message.files)
      if (message.is === 'unfit' && kept === entry) {
        entry.state = { is: 'spoilt' }
        replace(entry, packages.leave(message.packages))
      }
      if (message.is === 'held') clearTimeout(limit)
      if (message.is === 'held' && entry.state.is !== 'spoilt') void dropUnlessWelcome(entry)
      if (message.is === 'stale') replace(entry)
      if (message.is === 'note' && kept === entry) log.once(message.text)
    })
    void child.ended
      .catch(() => {})
      .then(() => {
        clearTimeout(limit)
        stuck(entry, 'ends the process')
      })
  }

  /** A standby that is still booting is faster than a new child, unless it is stuck, or may be unfit. */
  function isWorthWaiting({ child, plan, state }: Kept): boolean {
    if (state.is === 'ready') return true
    return packages.isTrusted(plan) && monotonic() - child.startedAt < withPatience(BOOT_TIME)
  }

  /** If a boot takes 10 s, a cold start takes as long: the standby that began earlier is still ahead. */
  function withPatience(ms: number): number {
    return ms + 2 * Math.max(lastBoot, lastColdBoot ?? 0)
  }

  /** If a package is to blame, the next standby comes without it. */
  function stuck(entry: Kept, why: string): void {
    const { state } = entry
    const isKnown = state.is === 'loading' && kept === entry
    replace(entry, isKnown && packages.leave([{ url: state.url, why }]))
  }

  function take(): Kept | undefined {
    const taken = kept
    kept = undefined
    return taken
  }

  /** Node reads the terminal's settings when it starts, and restores them when it ends. */
  async function isWelcome(): Promise<boolean> {
    return !signals.isEnding() && (await terminal.isAsFound())
  }

  async function dropUnlessWelcome(entry: Kept): Promise<void> {
    entry.state = { is: 'ready' }
    lastBoot = Math.min(monotonic() - entry.child.startedAt, LONGEST_BOOT)
    packages.trust(entry.plan)
    if (entry.settings.length > 0) tellSettings(entry.settings)
    log.debug(`standby ${entry.child.process.pid} is ready`)
    if (!(await isWelcome())) replace(entry)
  }

  /** `hasLearnt`: whether the next one will differ. */
  function replace(entry: Kept, hasLearnt = false): void {
    if (kept !== entry) return
    log.debug(`standby ${entry.child.process.pid} is no longer useful`)
    take()
    if (!hasLearnt) useless += 1
    entry.child.kill('SIGKILL') // not SIGTERM, at which Node restores the terminal
    void prepare()
  }
}
