/** The first line of the log: what runs, how, and what is watched. */
import { relative } from 'node:path'
import { shown } from '../log.ts'
import type { Settings } from '../options/options.ts'
import type { Program } from './programs/program.ts'

/** Undefined if nobody needs it: for `runProcess()`, and for `launchChild()` without a terminal. */
export function startLine(
  { title, entry, runsFilesItself = false }: Pick<Program, 'title' | 'entry' | 'runsFilesItself'>,
  { mode, watch, ext, keys }: Pick<Settings, 'mode' | 'watch' | 'ext' | 'keys'>,
  isTerminal: boolean,
): string | undefined {
  if (mode === 'embedded' || (mode === 'app' && !isTerminal)) return undefined
  const isCommand = entry === null && !title.isNode
  const places = watch ?? (isCommand ? ['.'] : [])
  const below = places.map((path) => (relative('.', path) === '' ? '.' : shown(path))).join(', ')
  const only = ext === null ? '' : ` (${ext.join(', ')})`
  const loaded = isCommand ? '' : `the files that it loads${below && ', and '}`
  const unseen = runsFilesItself && watch === null ? UNSEEN : ''
  const hint = isTerminal && mode === 'program' && !keys ? ' · --keys takes commands' : ''
  return `${title.text} · watching ${loaded}${below}${only}${unseen}${hint}`
}

const UNSEEN = ', not what it reads and runs itself (to watch that: --watch <directory>)'

/** Returns `python3 app.py, a command`; of a long shell line only the beginning. */
export function titleOfCommand(words: readonly string[]): string {
  const line = words.join(' ').trim().split('\n')[0] ?? ''
  return `${line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line}, a command`
}

const LONGEST = 60
