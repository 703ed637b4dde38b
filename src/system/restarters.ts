/** Other restarters, by the command lines that start them. */
import { basename } from 'node:path'

export interface Restarter {
  readonly name: string
  /** What follows its name on the command line. */
  readonly rest: readonly string[]
}

/** Returns the restarter that a command line runs, by name or as a script of Node. */
export function restarterIn(words: readonly string[]): Restarter | undefined {
  const at = isNode(words[0]) ? words.findIndex((word, index) => index > 0 && !word.startsWith('-')) : 0
  const script = words[at] ?? ''
  const rest = words.slice(at + 1)
  const name = basename(script).replace(/^nodemon\.js$/, 'nodemon')
  if (KILLING.test(name)) return { name, rest }
  if (name === 'exit75' || /[\\/]exit75[\\/]dist[\\/]cli\.c?js$/.test(script)) return { name: 'exit75', rest }
  const isTsx = name === 'tsx' || /[\\/]tsx[\\/]dist[\\/]cli\.[cm]?js$/.test(script)
  return isTsx && rest[0] === 'watch' ? { name: 'tsx watch', rest: rest.slice(1) } : undefined
}

/** Commands that end a program by a signal. (A `supervisor.js` is somebody's own.) */
const KILLING = /^(nodemon|node-dev|ts-node-dev|tsnd|supervisor|node-supervisor|watchexec)$/

export const isNode = (word = ''): boolean => /^node(js)?(\.exe)?$/.test(basename(word))
