/**
 * Windows itself starts only `.exe` and `.com`. A `.cmd`, such as each command that npm installs, or a file
 * of another program (`.py`) is run by cmd.exe, which reads its command line by rules of its own: inside
 * double quotes only `%` and a further quote mean anything.
 */
import type { SpawnOptions } from 'node:child_process'
import { extname } from 'node:path'
import { variable } from './variables.ts'

/** What spawn() is called with. */
export interface Spawned {
  readonly file: string
  readonly args: readonly string[]
  readonly options: SpawnOptions
}

/** Returns what starts a command with exactly these arguments. Throws for one that cmd.exe cannot be given. */
export function startedByCmd(
  { file, args, options }: Spawned,
  isWindows: boolean = process.platform === 'win32',
): Spawned {
  if (!isWindows || options.shell || /^(\.(exe|com))?$/i.test(extname(file))) return { file, args, options }
  const { argv0: _, ...rest } = options
  const shell = variable(options.env ?? process.env, 'ComSpec', isWindows) || 'cmd.exe'
  const line = [file, ...args].map(quoted).join(' ')
  return {
    file: shell,
    // Extensions on, for the `%` below; variables are not expanded between `!`; the outermost quotes are not the line's.
    args: ['/d', '/e:on', '/v:off', '/s', '/c', `"${line}"`],
    options: { ...rest, windowsVerbatimArguments: true },
  }
}

/** Words without a special meaning to cmd.exe, or to a batch file that reads its arguments. */
const PLAIN = /^[\w.:\\/@+~#$-]+$/

/**
 * Programs read `""` in quotes as one quote, and a backslash before a quote as its escape; cmd.exe knows the
 * former, but not the latter.
 */
function quoted(word: string): string {
  if (PLAIN.test(word)) return word
  if (/[\r\n\0]/.test(word))
    throw new Error(`cmd.exe takes no line break in an argument: ${JSON.stringify(word)}`)
  const inner = word.replace(/(\\*)"/g, '$1$1""').replace(/\\+$/, '$&$&')
  return `"${inner.replaceAll('%', PERCENT)}"`
}

/** A literal `%`: the rest is a variable that expands to nothing. */
const PERCENT = '%%cd:~,%'
