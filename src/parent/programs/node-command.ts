/** How this program was started, so that it can be started again. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import util from 'node:util' // as a whole: an older Node does not link a name that it lacks
import type { Preload } from '../../protocol/child-config.ts'
import { entryFile } from '../../system/entry-file.ts'
import { isEval, isThreadLoader } from '../../system/flag-kinds.ts'
import { initialEnvironment } from '../../system/initial-environment.ts'
import { optionsOf, wordsOf } from '../../system/node-options.ts'
import type { Start } from '../../system/node-start.ts'
import { ownFile } from '../../system/own-files.ts'
import { textOf } from '../../system/text-of.ts'
import { variable, withVariables } from '../../system/variables.ts'
import { comeFirst } from './loaders-ahead.ts'
import { sortFlags, withoutRegister } from './node-flags.ts'
import { refuseWithoutPermission } from './permission-model.ts'

export interface NodeCommandLine {
  readonly file: string
  readonly argv0: string
  /** All of Node's flags, as the user gave them. */
  readonly execArgv: readonly string[]
  readonly nodeOptions: string | null
  /** The flags that Node is given. */
  readonly flags: readonly string[]
  /** The arguments after the flags. */
  readonly rest: readonly string[]
  /** The entry file, as it was found at the start. Null if the program is among the flags (`-e`). */
  readonly entry: string | null
  /** The preloads that the child runs itself. */
  readonly preloads: readonly Preload[]
  /** Whether a debugger, a profiler, a trace or a time limit counts from its start: a standby would count, too. */
  readonly isObserved: boolean
  /** Whether Node waits for a debugger before it runs anything. */
  readonly waitsForDebugger: boolean
  /** The flags that load our preload before the entry. */
  readonly preload: readonly string[]
  /** Whether Node resolves the entry before it runs preloads. */
  readonly findsEntryFirst: boolean
  /** The loaders among the flags. */
  readonly loaders: readonly string[]
  /** What `--loader` names: Node runs it in a thread of its own. */
  readonly threadLoaders: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Variables that this process has, but that come neither from its start nor from the option `env`. */
  readonly notHandedOn: readonly string[]
  /** Files named by `--env-file`, which each child reads again. */
  readonly envFiles: readonly string[]
}

/** `added`: the option `env`. Throws for a program that cannot be started a second time. */
export function nodeCommandLine(start: Start, added: Readonly<NodeJS.ProcessEnv>): NodeCommandLine {
  const { cwd, argv } = start
  // Without our flag, or processes that the app starts would become parents.
  const execArgv = withoutRegister(start.execArgv)
  refuseWatchMode(execArgv)
  const isText = execArgv.some(isEval)
  if (execArgv.some((flag) => flag === '-i' || flag === '--interactive'))
    throw cannotRestart('it is the REPL')
  if (!isText && (argv[1] === undefined || argv[1] === '-'))
    throw cannotRestart('it came from standard input')
  const envFiles = valuesOf(execArgv, ['--env-file', '--env-file-if-exists']).map((path) =>
    resolve(cwd, path),
  )
  const env = withVariables(environment(start.env, envFiles), added)
  const ofFiles = new Set(envFiles.flatMap((path) => Object.keys(util.parseEnv(textOf(path)))))
  const words = wordsOf(env.NODE_OPTIONS ?? '')
  const ofUser = withoutRegister(words)
  if (ofUser.length < words.length) env.NODE_OPTIONS = optionsOf(ofUser)
  const nodeOptions = env.NODE_OPTIONS ?? null
  const areAhead = comeFirst(inNodesOrder(sortFlags([...ofUser, ...execArgv], false).preloads), cwd, env)
  const inherited = sortFlags(ofUser, areAhead)
  const given = sortFlags(execArgv, areAhead)
  const isImported = [...ofUser, ...execArgv].some((flag) => IMPORT.test(flag) || isThreadLoader(flag))
  const native = [...execArgv, ...inherited.native]
  refuseWithoutPermission(native)
  if (inherited.preloads.length > 0) env.NODE_OPTIONS = optionsOf(inherited.native)
  return {
    file: argv[0] ?? process.execPath,
    argv0: process.argv0,
    execArgv,
    nodeOptions,
    flags: given.native,
    rest: argv.slice(1),
    entry: isText ? null : fileOf(resolve(cwd, argv[1] as string)),
    preloads: inNodesOrder([...inherited.preloads, ...given.preloads]),
    preload: isImported
      ? ['--import', ownFile('preload.mjs', 'launchChild()').href]
      : ['-r', fileURLToPath(ownFile('preload.cjs', 'launchChild()'))],
    findsEntryFirst: isImported && !isText,
    loaders: [...inherited.loaders, ...given.loaders],
    threadLoaders: valuesOf(native, ['--loader', '--experimental-loader']),
    isObserved: native.some((flag) => OBSERVES.test(flag)),
    waitsForDebugger: native.some((flag) => /^--inspect-(brk|wait)(=|$)/.test(flag)),
    cwd,
    env,
    notHandedOn: Object.keys(process.env).filter(
      (name) => variable(env, name) === undefined && !ofFiles.has(name),
    ),
    envFiles,
  }
}

/** Node runs all that is required before it imports the first one. */
const inNodesOrder = (preloads: readonly Preload[]): Preload[] =>
  (['require', 'import'] as const).flatMap((kind) => preloads.filter((one) => one.kind === kind))

/** What is not there yet will be waited for. */
const fileOf = (path: string): string => entryFile(path) ?? path

/** What shows in a process from its start on: to a debugger, in a file of its own, or on the screen as V8's and Node's traces. */
const OBSERVES =
  /^--(inspect|cpu[-_]prof|heap[-_]prof|prof\b|process-timeout|(print|log|perf|trace)[-_](?!deprecation|exit|sigint|sync-io|uncaught|warnings))/

/** With this, or with a loader, Node loads any entry by `import`. */
const IMPORT = /^--import(=|$)/

/** Frees the debugger's port for the child, which gets the same flag. */
export function giveUpInspector(): void {
  const inspector = process.getBuiltinModule('node:inspector')
  if (inspector.url() !== undefined) inspector.close()
}

/** Whether it may be open in a process that runs nothing of the user's: not without any flag, nor preload, nor configuration. */
export const mayBeInspected = (): boolean =>
  process.execArgv.length > 0 || (process.env.NODE_OPTIONS ?? '') !== ''

function refuseWatchMode(execArgv: readonly string[]): void {
  const flags = [...execArgv, ...wordsOf(process.env.NODE_OPTIONS ?? '')]
  const flag = flags.find((word) => /^--watch(-path|-preserve-output|-kill-signal)?(=|$)/.test(word))
  if (flag === undefined && process.env.WATCH_REPORT_DEPENDENCIES === undefined) return
  throw new Error(
    `launchChild(): the program runs under node ${flag ?? '--watch'}, which would restart it as well, ` +
      'by a signal and in the middle of its work. Start it without that flag: exit75 watches what it loads.',
  )
}

function cannotRestart(why: string): Error {
  return new Error(
    `launchChild(): this program cannot be started a second time, because ${why}. ` +
      'Put it into a file and run: node file.js',
  )
}

/**
 * The environment without the parent's changes: the child runs the entry too, which makes them again.
 * Also without what `--env-file` set here: the child reads the file again, and inherited variables win.
 */
function environment(noted: Readonly<NodeJS.ProcessEnv>, envFiles: readonly string[]): NodeJS.ProcessEnv {
  const env = initialEnvironment(noted)
  for (const path of envFiles) {
    for (const [name, value] of Object.entries(util.parseEnv(textOf(path))))
      if (env[name] === value) delete env[name]
  }
  return env
}

/** Returns the values of `--flag value` and `--flag=value`, in order. */
function valuesOf(flags: readonly string[], names: readonly string[]): string[] {
  return flags.flatMap((flag, at) => {
    const [name = '', ...value] = flag.split('=')
    if (!names.includes(name)) return []
    const given = value.length > 0 ? value.join('=') : flags[at + 1]
    return given === undefined ? [] : [given]
  })
}
