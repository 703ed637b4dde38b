/** What is to be run: a Node program, any other command, or a line for the shell. */
import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, extname, join, resolve } from 'node:path'
import { NOT_FOUND } from '../protocol/exit.ts'
import { findCommand, isExecutable, isFile } from './find-command.ts'
import { isRestartable, splitFlags } from './node-arguments.ts'
import { interpreterOf } from './shebang.ts'
import { typeScriptFlags } from './typescript.ts'
import { UsageError } from './usage-error.ts'

export type Invocation =
  /** As `process.execArgv` and `process.argv` are to be: the Node binary, the entry, its arguments. */
  | { readonly is: 'node'; readonly execArgv: readonly string[]; readonly argv: readonly string[] }
  /** `file` is absolute, `argv0` what was typed. */
  | {
      readonly is: 'command'
      readonly file: string
      readonly argv0: string
      readonly args: readonly string[]
    }
  | { readonly is: 'shell'; readonly line: string }

/** Where a program is looked for. */
export interface Place {
  readonly directory: string
  readonly env: Readonly<NodeJS.ProcessEnv>
}

/**
 * The program that these words mean. A file is one before a command of the same name is, as it is
 * for `node app`. Throws a {@link UsageError} for what is not there, and for what could not run.
 */
export function findProgram(words: readonly string[], place: Place): Invocation {
  const [word = '', ...args] = words
  if (isNode(word)) return underNode(word, args, place)
  const found = nodeFile(word, place)
  if (found !== undefined) return nodeInvocation(process.execPath, found, args, place)
  if (args.length > 0 || !NEEDS_SHELL.test(word) || isFile(resolve(place.directory, word))) {
    if (hasNodeExtension(word)) throw missing(word, place)
    return { is: 'command', file: findCommand(word, place), argv0: word, args }
  }
  // In one word or in several: nothing in it is for the shell.
  return /^\s*node(\s+[\w./:@=-]+)+\s*$/.test(word)
    ? findProgram(word.trim().split(/\s+/), place)
    : { is: 'shell', line: word }
}

const NEEDS_SHELL = /[\s|&;<>()$`\\"'*?[\]{}~#=!]/

/** `node`, or the path of one. */
const isNode = (word: string): boolean => /^(node|nodejs)(\.exe)?$/.test(basename(word))

/** `node [flags] file [arguments]`; what Node would not begin with a file is a command like any other. */
function underNode(word: string, words: readonly string[], place: Place): Invocation {
  const { flags, rest, isEval } = splitFlags(words)
  const [entry, ...args] = rest
  if (!isRestartable(flags) || entry === 'inspect')
    return { is: 'command', file: findCommand(word, place), argv0: word, args: words }
  const binary = binaryOf(word, place)
  if (isEval) return { is: 'node', execArgv: flags, argv: [binary, ...rest] }
  if (entry === undefined || entry === '-')
    throw new UsageError(`${word} without a file reads its program from the keyboard: put it into a file`)
  const file = completed(entry, place)
  if (file === undefined) throw missing(entry, place)
  return nodeInvocation(binary, { file, flags }, args, place)
}

function nodeInvocation(
  binary: string,
  { file, flags }: NodeFile,
  args: readonly string[],
  { env }: Place,
): Invocation {
  const execArgv = [...flags, ...typeScriptFlags(file, flags, env)]
  return { is: 'node', execArgv, argv: [binary, file, ...args] }
}

/** This very Node for the word alone: it was found by that name. */
function binaryOf(word: string, place: Place): string {
  if (basename(word) === word) return process.execPath
  const file = findCommand(word, place)
  return realpathSync(file) === realpathSync(process.execPath) ? process.execPath : file
}

interface NodeFile {
  readonly file: string
  /** What its first line says Node is to be given. */
  readonly flags: readonly string[]
}

/** The file that Node is to run for a word; undefined if the word is for something else. */
function nodeFile(word: string, place: Place): NodeFile | undefined {
  const file = completed(word, place)
  if (file === undefined) return undefined
  const interpreter = interpreterOf(file)
  if (interpreter?.is === 'node') return { file, flags: interpreter.flags }
  const isForNode = hasNodeExtension(file) || (interpreter === undefined && isPlain(file))
  return isForNode ? { file, flags: [] } : undefined
}

/** The file itself, or what Node makes of a path: `app.js` for `app`, the main file of a directory. */
function completed(word: string, { directory }: Place): string | undefined {
  const path = resolve(directory, word)
  if (isFile(path)) return path
  try {
    return createRequire(join(directory, 'of-the-command-line')).resolve(path)
  } catch {
    return undefined // no such module
  }
}

const hasNodeExtension = (path: string): boolean => /\.([cm]?[jt]s|[jt]sx)$/.test(path)

/** A file without an extension, and no program of its own: Node takes it for JavaScript. */
const isPlain = (file: string): boolean => extname(file) === '' && !isExecutable(file)

function missing(word: string, { directory }: Place): UsageError {
  return new UsageError(`there is no file ${word} in ${directory}`, NOT_FOUND)
}
