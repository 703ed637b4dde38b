/** Says how long a restart took: from the change to the moment when the new code is up. */
import type { Log } from '../../log.ts'
import { duration } from '../../log.ts'
import { monotonic } from '../../system/monotonic.ts'

/**
 * Signs that a program is up, the weakest first: it is idle, it has polled `shouldRestart()`, one of its servers
 * listens, it has called `ready()`.
 */
const SIGNS = ['idle', 'polls', 'listening', 'ready'] as const
export type Sign = (typeof SIGNS)[number]

/** A restart that takes longer than this, in ms, gets a line at its beginning, too. */
const SHORT = 300
/** Time after which a terminal shows the seconds, in ms. */
const LONG = 2000
/** How long to wait for a sign as strong as the last generation's, in ms, once there is a weaker one. */
const PATIENCE = 3000
/** How long to wait for an app that shows no sign at all, in ms. */
const OVERDUE = 30_000

export interface UpLine {
  readonly begin: () => void
  readonly seen: (sign: Sign) => void
  /** Its main thread has answered, with this many files loaded. */
  readonly answered: (loaded: number) => void
  /** Stops waiting for a sign. */
  readonly end: () => void
}

export interface Restart {
  /** The reason, as the beginning of a line. */
  readonly why: string
  /** When that was known, on the clock of `monotonic()`. */
  readonly since: number
  /** How long the old code took to end, in ms. */
  readonly stopping: number | undefined
}

/** The strongest sign of the generations so far, which share this. */
export interface Signs {
  strongest: Sign
}

type State =
  | { readonly is: 'waiting' }
  /** It may have been up since then, but earlier generations gave a stronger sign. */
  | { readonly is: 'perhaps'; readonly sign: Sign; readonly at: number }
  | { readonly is: 'over' }

export function upLine({ why, since, stopping }: Restart, signs: Signs, log: Log): UpLine {
  let state: State = { is: 'waiting' }
  let isShown = false
  const timers: NodeJS.Timeout[] = []
  /** The first answer since it has loaded its last file. */
  let answer: { readonly loaded: number; readonly at: number } | undefined
  return {
    begin() {
      isShown = true
      const left = since + SHORT - monotonic()
      timers.push(setTimeout(() => log.info(`${why} · restarting`), Math.max(left, 1)))
      const count = () => log.progress(`${why} · restarting · ${Math.round((monotonic() - since) / 1000)} s`)
      timers.push(setTimeout(() => timers.push(setInterval(count, 1000)), LONG))
      timers.push(setTimeout(end, left + OVERDUE))
    },
    seen(sign) {
      if (state.is === 'over') return
      const at = (sign === 'idle' ? answer?.at : undefined) ?? monotonic()
      if (rank(sign) >= rank(signs.strongest)) return finish(sign, at)
      if (state.is === 'perhaps' && rank(state.sign) >= rank(sign)) return
      const first = state.is === 'waiting'
      state = { is: 'perhaps', sign, at }
      if (first) timers.push(setTimeout(settle, PATIENCE))
    },
    answered(loaded) {
      if (answer?.loaded !== loaded) answer = { loaded, at: monotonic() }
    },
    end,
  }

  function end(): void {
    if (state.is === 'perhaps') settle()
    else if (state.is === 'waiting') stop(`${why} · restarted`)
  }

  function settle(): void {
    if (state.is === 'perhaps') finish(state.sign, state.at)
  }

  function finish(sign: Sign, at: number): void {
    signs.strongest = sign
    const stopped = stopping === undefined ? '' : ` (app stopped after ${duration(stopping)})`
    stop(`${why} · restarted in ${duration(at - since)}${stopped}`)
  }

  function stop(line: string): void {
    state = { is: 'over' }
    for (const timer of timers.splice(0)) clearTimeout(timer)
    if (isShown) log.info(line)
  }
}

const rank = (sign: Sign): number => SIGNS.indexOf(sign)
