/** Builds the command that `runProcess()` starts: the target itself, or Node with a function to call. */
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serialize } from 'node:v8'
import { findCommand } from '../cli/find-command.ts'
import { findProgram } from '../cli/find-program.ts'
import { typeScriptFlags } from '../cli/typescript.ts'
import { UsageError } from '../options/usage-error.ts'
import type { CommandLine } from '../parent/index.ts'
import { withoutRegister } from '../parent/programs/node-flags.ts'
import { optionsOf, wordsOf } from '../system/node-options.ts'
import { ownFile } from '../system/own-files.ts'
import { address, exported, type Target, type TargetType } from './target.ts'
import { wordsIn } from './words.ts'

export interface Launchable {
  readonly command: CommandLine
  /** Added to the environment. */
  readonly env: NodeJS.ProcessEnv
}

/** Throws if the target does not exist or cannot run. */
export function commandForTarget(
  target: Target,
  type: TargetType,
  args: readonly unknown[],
  cwd: string,
): Launchable {
  if (type === 'function') return forFunction(target, args, cwd)
  if (target instanceof URL) throw new TypeError(`runProcess(): a URL is not a command: ${target}`)
  if (typeof target !== 'string') return forWords(target, cwd)
  const words = wordsIn(target)
  const syntax = FOR_SHELL.exec(unquoted(target))?.[0].trim()
  if (syntax !== undefined) throw forShell(syntax, target)
  try {
    return forWords(words, cwd)
  } catch (error) {
    const [, module, name] = DOTTED.exec(target) ?? []
    if (module === undefined || !(error instanceof UsageError)) throw error
    throw new TypeError(
      `runProcess(): ${error.message}. If "${target}" is a function: ./${module.replaceAll('.', '/')}.js#${name}`,
    )
  }
}

/** How watchfiles names a function: `app.main`. A name with the extension of a program is that of a file. */
const DOTTED = /^([A-Za-z_][\w.]*)\.(?!(?:[cm]?[jt]s|[jt]sx|json|py|rb|php|sh|exe|bat|cmd)$)([A-Za-z_]\w*)$/

/** Syntax of a shell: a variable in front, an operator as a word or before one, a separator, an expansion. */
const FOR_SHELL =
  /^\s*[A-Za-z_]\w*=\S*(?=\s)|(?<=^|\s)(&&|\|\|?|&|<)(?=\s|$)|(?<=^|\s)\d?>>?|;(?=\s|$)|\$\(|\$\{?[A-Za-z_]\w*\}?|`/

/** A command line with its quoted and escaped parts blanked out. */
const unquoted = (line: string): string => line.replace(/'[^']*'|"(?:[^"\\]|\\.)*"|\\./gs, 'x')

const forShell = (syntax: string, target: string): TypeError =>
  new TypeError(
    `runProcess(): "${syntax}" is for a shell, and the target gets none. Give it one: ['sh', '-c', ${JSON.stringify(target)}]`,
  )

function forFunction(target: Target, args: readonly unknown[], cwd: string): Launchable {
  if (typeof target !== 'string' && !(target instanceof URL))
    throw new TypeError('runProcess(): a list of words is not a function: name one as ./module.js#name')
  const wanted = exported(target, cwd, 'runProcess()')
  const flags = withoutOwn(process.execArgv)
  const loader = wanted.file === null ? undefined : typeScriptFlags(wanted.file, flags, process.env)
  return {
    command: {
      file: process.execPath,
      args: [
        ...flags,
        ...(loader?.flags ?? []),
        fileURLToPath(ownFile('run-function.js', 'runProcess()')),
        address(wanted),
      ],
      cwd,
      message: serialize([...args]), // throws for arguments that cannot be cloned
    },
    env: { ...loader?.env, ...withoutRegisterIn(process.env.NODE_OPTIONS) },
  }
}

/** Returns Node's flags without those for this program alone: its code, debugger, restarts and tests. */
function withoutOwn(execArgv: readonly string[]): string[] {
  return withoutRegister(execArgv).filter((flag, at, flags) => {
    const isCode = at > 0 && /^(-e|--eval|-p|-pe|--print)$/.test(flags[at - 1] as string)
    return !isCode && !OWN.test(flag)
  })
}

const OWN =
  /^(-e|-p|-pe|-i|-c)$|^--(eval|print|interactive|check|input-type|inspect(-\w+)*|watch(-[\w-]+)?|test(-[\w-]+)?)(=|$)/

function withoutRegisterIn(options = ''): NodeJS.ProcessEnv {
  const words = wordsOf(options)
  const kept = withoutRegister(words)
  return kept.length < words.length ? { NODE_OPTIONS: optionsOf(kept) } : {}
}

/** Follows the rules of the command `exit75`, but never uses a shell. */
function forWords(words: readonly string[], cwd: string): Launchable {
  const [word] = words
  if (word === undefined || word === '') throw new TypeError('runProcess(): the target is an empty command')
  const place = { directory: cwd, env: process.env }
  const program = findProgram(words, place)
  if (program.is === 'shell')
    return { command: { file: findCommand(word, place), argv0: word, args: [], cwd }, env: {} }
  if (program.is === 'command') return { command: { ...program, cwd }, env: {} }
  const [file = process.execPath, ...rest] = program.argv
  const args = [...program.execArgv, ...rest]
  return { command: { file, argv0: basename(file), args, cwd }, env: program.env ?? {} }
}
