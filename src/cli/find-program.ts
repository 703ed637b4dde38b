/** Finds what to run: a Node program, any other command, or a line for the shell. */
import { realpathSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { UsageError } from '../options/usage-error.ts'
import { isNode } from '../system/restarters.ts'
import { isExecutable, isFile } from './executable.ts'
import { findCommand, type Place } from './find-command.ts'
import { launchedBy } from './launchers.ts'
import type { Launched } from './loaders.ts'
import { refuseWordsAfterLine } from './misread.ts'
import { isRestartable, splitFlags } from './node-arguments.ts'
import {
  completed,
  hasNodeExtension,
  isFolder,
  isPath,
  missing,
  type NodeFile,
  nodeFile,
  withoutMain,
} from './program-file.ts'
import { refuseRestarter } from './refuse-restarter.ts'
import { typeScriptFlags } from './typescript.ts'

export type { Place } from './find-command.ts'

export type Invocation =
  /** The program's `process.execArgv` and `process.argv`: the Node binary, the entry, its arguments. */
  | {
      readonly is: 'node'
      readonly execArgv: readonly string[]
      readonly argv: readonly string[]
      /** What runs a file that is not JavaScript, if there was a choice. */
      readonly by?: string
      /** Variables that this needs. */
      readonly env?: NodeJS.ProcessEnv
    }
  /** `file` is absolute, `argv0` as typed. */
  | {
      readonly is: 'command'
      readonly file: string
      readonly argv0: string
      readonly args: readonly string[]
    }
  | { readonly is: 'shell'; readonly line: string }

/**
 * Returns the program that these words name; without any, the main file of the package. A file comes
 * before a command of the same name, as in `node app`. Throws a {@link UsageError} if it does not exist or
 * cannot run.
 */
export function findProgram(words: readonly string[], place: Place): Invocation {
  const { flags = [] } = place
  const [word = '.', ...args] = words
  if (isNode(word)) return underNode(word, [...flags, ...args], place)
  if (splitFlags(flags).isEval || !isRestartable(flags)) return underNode('node', [...flags, ...words], place)
  const launched =
    isFile(resolve(place.directory, word)) && !isPath(word) ? undefined : launchedBy(words, place)
  if (launched !== undefined) return invocationOf(launched, process.execPath, place)
  refuseRestarter(words, place)
  refuseVerb(word, args, place)
  const found = nodeFile(word, place)
  if (found !== undefined) return nodeInvocation(process.execPath, found, args, place)
  if (isFolder(word, place)) throw withoutMain(word, place)
  if (args.length > 0 || !NEEDS_SHELL.test(word) || isFile(resolve(place.directory, word))) {
    refuseWordsAfterLine(word, args, place)
    if (hasNodeExtension(word)) throw missing(word, place)
    const file = findCommand(word, place)
    if (flags[0] !== undefined) throw notForNode(flags[0], word)
    return { is: 'command', file, argv0: word, args }
  }
  // A quoted command line without shell syntax is the same as its separate words.
  const plain = PLAIN.test(word) ? word.trim().split(/\s+/) : []
  if (isNode(plain[0] ?? '') || launchedBy(plain, place) !== undefined) return findProgram(plain, place)
  refuseRestarter(plain, place)
  if (flags[0] !== undefined) throw notForNode(flags[0], word)
  return { is: 'shell', line: word }
}

/** `tsx watch app.ts`, `bun run app.ts`, `pm2 start app.js`: here the file follows exit75 directly. */
function refuseVerb(word: string, args: readonly string[], { directory }: Place): void {
  const file = args.find((arg) => !arg.startsWith('-'))
  if (!/^(watch|run|start)$/.test(word) || file === undefined || !hasNodeExtension(file)) return
  const path = resolve(directory, file)
  if (isFile(path) && !isExecutable(path) && !isFile(resolve(directory, word)))
    throw new UsageError(`"${word}" is not needed here: exit75 ${file}`)
}

/** On Windows a backslash is part of a path. */
const NEEDS_SHELL =
  process.platform === 'win32' ? /[\s|&;<>()$`"'*?[\]{}~#=!%^]/ : /[\s|&;<>()$`\\"'*?[\]{}~#=!]/

/** A line of words that any shell takes as they are. */
const PLAIN =
  process.platform === 'win32'
    ? /^\s*[\w./\\@:-]+(\s+[\w./\\:@=-]+)+\s*$/
    : /^\s*[\w./@-]+(\s+[\w./:@=-]+)+\s*$/

/** `node [flags] file [arguments]`; a call of Node without an entry file is a command like any other. */
function underNode(word: string, words: readonly string[], place: Place): Invocation {
  const { flags, rest, isEval } = splitFlags(words)
  const [entry, ...args] = rest
  const binary = binaryOf(word, place)
  if (!isRestartable(flags) || entry === 'inspect')
    return { is: 'command', file: binary, argv0: word, args: words }
  if (isEval) return { is: 'node', execArgv: flags, argv: [binary, ...rest] }
  if (entry === undefined || entry === '-')
    throw new UsageError(`${word} without a file reads its program from standard input: put it into a file`)
  const launcher = isPath(entry) ? launchedBy(rest, place) : undefined
  if (launcher !== undefined) return invocationOf(launcher, binary, { ...place, flags })
  const file = completed(entry, place)
  if (file === undefined) throw isFolder(entry, place) ? withoutMain(entry, place) : missing(entry, place)
  return nodeInvocation(binary, { file, path: resolve(place.directory, entry), flags }, args, {
    ...place,
    flags: [],
  })
}

function nodeInvocation(
  binary: string,
  found: NodeFile,
  args: readonly string[],
  { env: variables, flags: given = [] }: Place,
): Invocation {
  const own = [...given, ...found.flags]
  const { flags, env, by } = typeScriptFlags(found.file, own, variables)
  return {
    is: 'node',
    execArgv: [...own, ...flags],
    argv: [binary, found.path, ...args],
    ...(by !== undefined && { by }),
    ...(Object.keys(env).length > 0 && { env }),
  }
}

/** `tsx app.ts`, `./node_modules/.bin/ts-node app.ts`. */
function invocationOf(
  { entry, args, loader, flags }: Launched,
  binary: string,
  { flags: given = [], ...place }: Place,
): Invocation {
  const name = [entry, `${entry}.ts`].find((one) => completed(one, place) !== undefined)
  if (name === undefined) throw missing(entry, place)
  const file = completed(name, place) as string
  const loaded = flags(file)
  return {
    is: 'node',
    execArgv: [...given, ...loaded.flags],
    argv: [binary, resolve(place.directory, name), ...args],
    by: loader,
    ...(Object.keys(loaded.env).length > 0 && { env: loaded.env }),
  }
}

/** Returns the Node binary: this process's own for a plain `node`. */
function binaryOf(word: string, place: Place): string {
  if (basename(word) === word) return process.execPath
  const file = findCommand(word, place)
  return realpathSync(file) === realpathSync(process.execPath) ? process.execPath : file
}

const notForNode = (flag: string, word: string): UsageError =>
  new UsageError(
    `${flag} is a Node flag, but "${word}" is not a Node program. Put it after node: node ${flag} …`,
  )
