/** What holds for one program: the options that were given, and what follows from how it was started. */
import { isatty } from 'node:tty'
import { readOptions as read } from './check.ts'
import { type LaunchOptions, OPTIONS, type Option, type ProgramOptions, type Values } from './table.ts'

export type { LaunchOptions, ProgramOptions } from './table.ts'

export interface Settings extends Omit<Values, 'exec'> {
  /**
   * What the parent is to its program. `app`: a part of it, which calls `launchChild()`. `program`: the
   * command or `exit75/register`, and the program may never import exit75: then it is ended by a signal.
   * `embedded`: a part of somebody else's program (`runProcess`), where only
   * the child is our business, and a signal to the program ends the child as a change does.
   */
  readonly mode: 'app' | 'program' | 'embedded'
  /** The program's standard input. */
  readonly stdin: 'inherit' | 'ignore'
  /** Time after a signal that the parent passed on, before SIGKILL, ms. Infinity unless `killTimeout` was given. */
  readonly signalTimeout: number
  /** How long after SIGKILL before the wait for the end is given up, ms. */
  readonly goneTimeout: number
}

/** Of `launchChild()`. Throws for what is unknown or makes no sense, by name, with what was expected. */
export const readOptions = (options: LaunchOptions): Settings => settingsOf(options, 'app', LAUNCH)

/** Of programs that may not know exit75. */
export const readProgramOptions = (options: ProgramOptions): Settings =>
  settingsOf(options, 'program', PROGRAM)

type Rows = { readonly [Name in keyof Values]: Option<Values[Name]> }

function settingsOf(options: ProgramOptions, mode: Settings['mode'], rows: Rows): Settings {
  const values = read<Values>('launchChild()', options, rows)
  return {
    // What only programs can be given holds for an app as well, by its default.
    ...OTHERS,
    ...values,
    mode,
    stdin: values.keys && isatty(0) ? 'ignore' : 'inherit',
    signalTimeout: options.killTimeout === undefined ? Number.POSITIVE_INFINITY : values.killTimeout,
    goneTimeout: Number.POSITIVE_INFINITY,
  }
}

const rowsBy = (...by: Option['by'][]): [string, Option][] =>
  Object.entries(OPTIONS).filter(([, option]) => by.includes(option.by))
const ofPrograms = ([name, option]: [string, Option]) => [
  name,
  { ...option, default: option.ofPrograms ?? option.default },
]
const LAUNCH = Object.fromEntries(rowsBy('launchChild')) as unknown as Rows
const PROGRAM = Object.fromEntries(rowsBy('launchChild', 'program').map(ofPrograms)) as unknown as Rows
const OTHERS = Object.fromEntries(
  rowsBy('program').map(([name, option]) => [name, option.default]),
) as unknown as Values
