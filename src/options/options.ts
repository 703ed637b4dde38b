/** The settings of one program: its options, and what follows from how it was started. */
import { isatty } from 'node:tty'
import { readOptions as read } from './check.ts'
import type { LaunchOptions, ProgramOptions, Values } from './interface.ts'
import type { Option } from './option.ts'
import { OPTIONS } from './table.ts'

export type { LaunchOptions, ProgramOptions } from './interface.ts'

export interface Settings extends Omit<Values, 'exec'> {
  /**
   * How the parent relates to its program. `app`: the program itself calls `launchChild()`. `program`: the
   * command or `exit75/register`, where the program may never import exit75, and is then ended by a signal.
   * `embedded`: part of another program (`runProcess`), which we leave alone; a signal to it ends the child
   * as a change does.
   */
  readonly mode: 'app' | 'program' | 'embedded'
  /** The program's standard input. */
  readonly stdin: 'inherit' | 'ignore'
  /** Time from a signal that the parent passed on to SIGKILL, in ms. Infinity without `killTimeout`. */
  readonly signalTimeout: number
  /** Time after SIGKILL until the parent gives up waiting for the end, in ms. */
  readonly goneTimeout: number
}

/** Reads the options of `launchChild()`. Throws for unknown or invalid ones, and says what was expected. */
export const readOptions = (options: LaunchOptions): Settings => settingsOf(options, 'app', LAUNCH)

/** Reads the options of programs that may not know exit75. */
export const readProgramOptions = (options: ProgramOptions): Settings =>
  settingsOf(options, 'program', PROGRAM)

/** Returns the defaults of the command where it runs at a terminal. */
export const terminalDefaults = (): ProgramOptions =>
  Object.fromEntries(
    Object.entries(OPTIONS).flatMap(([name, { atTerminal }]: [string, Option]) =>
      atTerminal === undefined ? [] : [[name, atTerminal]],
    ),
  )

type Rows = { readonly [Name in keyof Values]: Option<Values[Name]> }

function settingsOf(options: ProgramOptions, mode: Settings['mode'], rows: Rows): Settings {
  const values = read<Values>('launchChild()', withoutOptionsOfTheCommand(options, mode), rows)
  return {
    // An app gets the defaults of options that only programs have.
    ...OTHERS,
    ...values,
    mode,
    stdin: values.keys && isatty(0) ? 'ignore' : 'inherit',
    signalTimeout: options.killTimeout === undefined ? Number.POSITIVE_INFINITY : values.killTimeout,
    goneTimeout: Number.POSITIVE_INFINITY,
  }
}

/** The command has options that the app has no use for: it calls `watch()` itself. */
function withoutOptionsOfTheCommand(options: ProgramOptions, mode: Settings['mode']): ProgramOptions {
  if (mode !== 'app' || typeof options !== 'object' || options === null) return options
  const name = Object.keys(options).find((one) => Object.hasOwn(OF_THE_COMMAND, one))
  if (name === undefined) return options
  const here = name === 'watch' ? ': the app calls watch(...paths)' : ''
  throw new TypeError(`launchChild(): unknown option "${name}". Only the command has it${here}`)
}

const rowsBy = (...by: Option['by'][]): [string, Option][] =>
  Object.entries(OPTIONS).filter(([, option]) => by.includes(option.by))
const ofPrograms = ([name, option]: [string, Option]) => [
  name,
  { ...option, default: option.ofPrograms ?? option.default },
]
const OF_THE_COMMAND = Object.fromEntries(rowsBy('program', 'command'))
const LAUNCH = Object.fromEntries(rowsBy('launchChild')) as unknown as Rows
const PROGRAM = Object.fromEntries(rowsBy('launchChild', 'program').map(ofPrograms)) as unknown as Rows
const OTHERS = Object.fromEntries(
  rowsBy('program').map(([name, option]) => [name, option.default]),
) as unknown as Values
