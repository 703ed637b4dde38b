/** Detects another restarter that has started this process: both would act on the same edit. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { statFields } from '../system/proc-stat.ts'
import { ps } from '../system/ps.ts'
import { isNode, restarterIn } from '../system/restarters.ts'

/** Programs between a restarter and its program. */
const BETWEEN = /^(sh|bash|dash|zsh|npm|npx|pnpm|yarn)$/
const DEEPEST = 5

/** Returns the line for the user. Undefined if there is no other restarter, or that is unknown. */
export function otherRestarter(): string | undefined {
  let pid = process.ppid
  for (let depth = 0; depth < DEEPEST && pid > 1; depth += 1) {
    const { words, parent } = lineOf(pid)
    const other = restarterIn(words)
    if (other !== undefined) return lineAbout(other.name)
    if (!BETWEEN.test(programOf(words))) return undefined
    pid = parent
  }
  return undefined
}

const lineAbout = (name: string): string =>
  name === 'exit75'
    ? 'another exit75 runs this one, and ends it at each change, whatever it is doing · one of the two is enough'
    : `${name} runs this program, too, and ends it at each change, whatever it is doing · start it without ${name}: exit75 watches what it loads`

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
