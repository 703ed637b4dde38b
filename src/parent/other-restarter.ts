/** Detects another restarter that has started this process: both would act on the same edit. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { statFields } from '../system/proc-stat.ts'
import { ps } from '../system/ps.ts'

/** Programs between a restarter and its program. */
const BETWEEN = /^(sh|bash|dash|zsh|npm|npx|pnpm|yarn)$/
const DEEPEST = 5

/** Returns the line for the user. Undefined if there is no other restarter, or that is unknown. */
export function otherRestarter(): string | undefined {
  let pid = process.ppid
  for (let depth = 0; depth < DEEPEST && pid > 1; depth += 1) {
    const { words, parent } = lineOf(pid)
    const name = restarterIn(words)
    if (name !== undefined) return lineAbout(name)
    if (!BETWEEN.test(programOf(words))) return undefined
    pid = parent
  }
  return undefined
}

/** Returns the name of the restarter that a command line runs. */
export function restarterIn(words: readonly string[]): string | undefined {
  const at = isNode(words[0]) ? words.findIndex((word, index) => index > 0 && !word.startsWith('-')) : 0
  const script = words[at] ?? ''
  const name = basename(script).replace(/^nodemon\.js$/, 'nodemon')
  if (KILLING.test(name)) return name
  const isTsx = basename(script) === 'tsx' || /[\\/]tsx[\\/]dist[\\/]cli\.[cm]?js$/.test(script)
  return isTsx && words[at + 1] === 'watch' ? 'tsx watch' : undefined
}

/** Commands that end a program by a signal. (A `supervisor.js` is somebody's own.) */
const KILLING = /^(nodemon|node-dev|ts-node-dev|tsnd|supervisor|node-supervisor|watchexec)$/

const lineAbout = (name: string): string =>
  `${name} runs this program, too, and ends it at each change, whatever it is doing · start it without ${name}: exit75 watches what it loads`

const isNode = (word = ''): boolean => /^node(js)?(\.exe)?$/.test(basename(word))

/** Returns the program of a command line: `npm` for `node …/npm-cli.js`. */
function programOf(words: readonly string[]): string {
  const [first = '', second = ''] = words
  return basename(isNode(first) ? second : (first.split(' ')[0] ?? '')).replace(/(-cli)?\.[cm]?js$/, '')
}

function lineOf(pid: number): { readonly words: readonly string[]; readonly parent: number } {
  const [, parent] = statFields(String(pid))
  if (parent !== undefined) return { words: commandLine(pid), parent: Number(parent) }
  if (process.platform === 'win32') return { words: [], parent: 0 }
  const [above = '0', ...words] = ps('ppid=,command=', pid).join(' ').split(/\s+/)
  return { words, parent: Number(above) }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  } catch {
    return [] // gone in the meantime
  }
}
