/** What an option is. The options themselves are in table.ts. */
import type { Kind } from './kinds.ts'

export interface Option<Value = unknown> extends Kind {
  readonly default: Value
  /** The default of programs that exit75 runs from outside. */
  readonly ofPrograms?: Value
  /** The default of the command at a terminal, where somebody is there to end what waits. */
  readonly atTerminal?: Value
  /** Who accepts it: `launchChild()` and all that follow; a program run from outside; the command and its
   *  configuration; only the command line. */
  readonly by: 'launchChild' | 'program' | 'command' | 'command line'
  /** The value and line in `--help`. Without it, the option needs JavaScript. */
  readonly help?: readonly [value: string, line: string]
  readonly short?: string
}
