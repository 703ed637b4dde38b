/**
 * The log on stderr: one prefix, one line per decision. Debug lines are kept in memory and written before the
 * next fault of exit75's own: quiet while all is well, the whole story when it is not.
 */
import { relative } from 'node:path'
import util from 'node:util' // as a whole: an older Node does not link a name that it lacks
import type { Change } from './protocol/change.ts'
import { monotonic } from './system/monotonic.ts'
import { createStderr } from './system/stderr.ts'

/** How much is written to stderr; the first is the default. */
export const LEVELS = ['info', 'silent', 'debug'] as const
export type Level = (typeof LEVELS)[number]

/** Number of debug lines kept for a fault, and of files that a line names. */
const KEPT = 200
const NAMED = 3

export interface Log {
  /** Whether debug lines are written immediately. */
  readonly isDebug: boolean
  readonly debug: (text: string) => void
  readonly info: (text: string) => void
  /** Like `info`, if there is a text, and no line `about` the same was written before. Default: the text itself. */
  readonly once: (text: string | undefined, about?: string) => void
  readonly warn: (text: string) => void
  /** Writes about a fault of exit75's own, after the debug lines so far. */
  readonly fault: (text: string) => void
  /** Writes a line that the next one overwrites; only on a terminal. */
  readonly progress: (text: string) => void
  /** Restores stderr. */
  readonly close: () => void
}

/** `EXIT75_LOG` in the environment wins over the option: whoever runs the program decides. */
export const levelFor = (option: Level): Level =>
  LEVELS.find((level) => level === process.env.EXIT75_LOG) ?? option

export function createLog(option: Level): Log {
  const wanted = levelFor(option)
  const debugLines: string[] = []
  const written = new Set<string>()
  let unfinished = false

  const write = (text: string, style: keyof typeof STYLES) => {
    if (wanted === 'silent') return
    const prefix = isColored() ? util.styleText(STYLES[style], PREFIX, { validateStream: false }) : PREFIX
    const clear = unfinished ? CLEAR_LINE : ''
    unfinished = style === 'progress'
    stderr.write(`${clear}${prefix} ${text}${unfinished ? '' : '\n'}`)
  }
  const stderr = createStderr((count) => `${PREFIX} ${linesLost(count)}\n`)

  return {
    isDebug: wanted === 'debug',
    debug(text) {
      if (wanted === 'debug') return write(text, 'debug')
      debugLines.push(`${Math.round(monotonic())} ms ${text}`)
      if (debugLines.length > KEPT) debugLines.shift()
    },
    info: (text) => write(text, 'info'),
    once(text, about = text) {
      if (text === undefined || about === undefined || written.has(about)) return
      written.add(about)
      write(text, 'info')
    },
    warn: (text) => write(text, 'warn'),
    fault(text) {
      for (const line of debugLines.splice(0)) write(line, 'debug')
      write(text, 'warn')
    },
    progress(text) {
      if (process.stderr.isTTY) write(`${text} `, 'progress') // what the app says then follows it
    },
    close() {
      if (unfinished) stderr.write(CLEAR_LINE) // or the shell's prompt would follow it
      stderr.close()
    },
  }
}

const linesLost = (count: number): string =>
  `${count === 1 ? 'a line was' : `${count} lines were`} left out here: nobody read stderr`

/** `src/app.ts changed`, `a.ts, b.ts, c.ts and 12 more changed`, with paths as by {@link shown}. */
export function describe(changes: readonly Change[]): string {
  const names = changes.slice(0, NAMED).map(({ path }) => shown(path))
  const more = changes.length - names.length
  const [only] = changes
  const verb = changes.length === 1 && only && only.type !== 'modified' ? only.type : 'changed'
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${verb}`
}

/** Returns a path as a user would type it: relative if that is shorter. */
export function shown(path: string): string {
  const here = relative(process.cwd(), path)
  return here !== '' && here.length < path.length ? here : path
}

/** `14 ms`, `3.2 s`. */
export const duration = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`

const PREFIX = '[exit75]'
const CLEAR_LINE = '\r\x1b[K'
const STYLES = { debug: 'dim', info: 'cyan', progress: 'cyan', warn: 'yellow' } as const

/** Follows no-color.org and force-color.org, else whether stderr is a terminal. */
function isColored(): boolean {
  const { FORCE_COLOR, NO_COLOR } = process.env
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return !NO_COLOR && process.stderr.isTTY === true
}
