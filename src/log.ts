/**
 * One prefix, one line per decision, on stderr. Debug lines are kept in memory and come out in
 * front of a warning: quiet while all is well, the whole story when it is not.
 */
import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { Change } from './protocol/change.ts'

/** How much is said on stderr; the first is the default. */
export const LEVELS = ['info', 'silent', 'debug'] as const
export type Level = (typeof LEVELS)[number]

/** How many debug lines are kept for a warning, and how many files a line names. */
const KEPT = 200
const NAMED = 3

export interface Log {
  /** Whether debug lines are written at once. */
  readonly isDebug: boolean
  readonly debug: (text: string) => void
  readonly info: (text: string) => void
  /** A warning or an error: preceded by the debug lines so far. */
  readonly warn: (text: string) => void
  /** A line that the next one overwrites, on a terminal; elsewhere it is not written. */
  readonly progress: (text: string) => void
  /** Leaves stderr as it was found. */
  readonly close: () => void
}

/** `EXIT75_LOG` in the environment wins over the option: it belongs to whoever runs the program. */
export const levelFor = (option: Level): Level =>
  LEVELS.find((level) => level === process.env.EXIT75_LOG) ?? option

export function createLog(option: Level): Log {
  const wanted = levelFor(option)
  const story: string[] = []
  let unfinished = false

  const write = (text: string, style: keyof typeof STYLES) => {
    if (wanted === 'silent') return
    const prefix = isColored() ? styleText(STYLES[style], PREFIX, { validateStream: false }) : PREFIX
    const clear = unfinished ? '\r\x1b[K' : ''
    unfinished = style === 'progress'
    process.stderr.write(`${clear}${prefix} ${text}${unfinished ? '' : '\n'}`)
  }
  const ignore = () => {} // a closed stderr must not end the program
  process.stderr.on('error', ignore)

  return {
    isDebug: wanted === 'debug',
    debug(text) {
      if (wanted === 'debug') return write(text, 'debug')
      story.push(`${Math.round(performance.now())} ms ${text}`)
      if (story.length > KEPT) story.shift()
    },
    info: (text) => write(text, 'info'),
    warn(text) {
      for (const line of story.splice(0)) write(line, 'debug')
      write(text, 'warn')
    },
    progress(text) {
      if (process.stderr.isTTY) write(text, 'progress')
    },
    close: () => void process.stderr.off('error', ignore),
  }
}

/** `src/app.ts changed`, `a.ts, b.ts, c.ts and 12 more changed`: paths as seen from here. */
export function describe(changes: readonly Change[]): string {
  const names = changes.slice(0, NAMED).map(({ path }) => shown(path))
  const more = changes.length - names.length
  const [only] = changes
  const verb = changes.length === 1 && only && only.type !== 'modified' ? only.type : 'changed'
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${verb}`
}

/** A path as a user would type it: relative where that is not longer. */
export function shown(path: string): string {
  const here = relative(process.cwd(), path)
  return here !== '' && here.length < path.length ? here : path
}

/** 14 ms, 3.2 s. */
export const duration = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`

const PREFIX = '[exit75]'
const STYLES = { debug: 'dim', info: 'cyan', progress: 'cyan', warn: 'yellow' } as const

/** no-color.org and force-color.org, else whether it is a terminal. */
function isColored(): boolean {
  const { FORCE_COLOR, NO_COLOR } = process.env
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return !NO_COLOR && process.stderr.isTTY === true
}
