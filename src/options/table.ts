/** Every option: its kind, its default, who accepts it, its line in `--help`. */
import { LEVELS } from '../log.ts'
import type { CommandLineOptions, Values } from './interface.ts'
import {
  addresses,
  callback,
  extensions,
  fileName,
  flag,
  interval,
  LONGEST_TIMER,
  limit,
  oneOf,
  packages,
  paths,
  patterns,
  signalName,
  time,
  variables,
} from './kinds.ts'
import type { Option } from './option.ts'

type Table = { readonly [Name in keyof Values]: Option<Values[Name]> } & {
  readonly [Name in keyof CommandLineOptions]-?: Option
}

/** The order is that of the README and of `--help`. */
export const OPTIONS: Table = {
  watch: {
    ...{ by: 'program', ...paths, default: null },
    help: ['<path> *', 'watch this path, too; for a command, in place of .'],
  },
  ext: {
    ...{ by: 'program', ...extensions, default: null },
    help: ['<js,ts>', 'only these extensions'],
  },
  signal: {
    ...{ by: 'program', ...signalName, default: 'SIGTERM' },
    help: ['<SIGTERM>', 'sent to end a program that does not import exit75'],
  },
  keys: { by: 'program', ...flag, default: false, help: ['', 'type rs to restart'] },
  postpone: { by: 'program', ...flag, default: false, help: ['', 'start after a change'] },
  exit: { by: 'launchChild', ...flag, default: true },
  onCrash: {
    ...{ by: 'launchChild', ...oneOf('exit', 'wait'), default: 'exit', ofPrograms: 'wait' },
    help: ['<wait|exit>', 'after a crash, wait for a change, or exit as well'],
  },
  onExit: {
    ...{ by: 'launchChild', ...oneOf('exit', 'wait'), default: 'exit', atTerminal: 'wait' },
    help: ['<wait|exit>', 'after an exit with 0, wait for a change, or exit'],
  },
  standby: {
    ...{ by: 'launchChild', ...flag, default: true },
    help: ['', 'boot no process ahead: less memory, slower restarts'],
  },
  overlap: {
    ...{ by: 'launchChild', ...flag, default: false },
    help: ['', 'zero-downtime restart'],
  },
  readyTimeout: {
    ...{ by: 'launchChild', default: 30_000 },
    ...time(`a number of milliseconds from 1 to ${LONGEST_TIMER}`, 1, LONGEST_TIMER),
    help: ['<ms>', 'limit for ready()'],
  },
  preload: {
    ...{ by: 'launchChild', ...packages, default: true },
    help: ['<package> *', 'always load this package ahead; false: load none'],
  },
  compileCache: {
    ...{ by: 'launchChild', ...flag, default: true },
    help: ['', 'do not cache code'],
  },
  listen: {
    ...{ by: 'launchChild', ...addresses, default: [] },
    help: ['<address> *', 'hold this socket across restarts: [host:]port or path'],
  },
  settle: {
    ...{ by: 'launchChild', default: null },
    ...time('a number of milliseconds from 0 to 60000', 0, 60_000),
    help: ['<ms>', 'debounce time'],
  },
  poll: { by: 'launchChild', ...interval, default: false, help: ['[ms]', 'poll files (every 500)'] },
  nodeModules: { by: 'launchChild', ...flag, default: false, help: ['', 'watch packages'] },
  ignore: {
    ...{ by: 'launchChild', ...patterns, default: [] },
    help: ['<pattern> *', 'never watch this: a glob or a /regular expression/'],
  },
  syntaxCheck: {
    ...{ by: 'launchChild', ...flag, default: true },
    help: ['', 'restart even for a file that does not parse'],
  },
  stopTimeout: {
    ...{ by: 'launchChild', ...limit, default: Number.POSITIVE_INFINITY },
    help: ['<ms>', 'how long the app may take to exit before SIGTERM'],
  },
  killTimeout: {
    ...{ by: 'launchChild', ...limit, default: 5000 },
    help: ['<ms>', 'how long it may take after SIGTERM before SIGKILL'],
  },
  onRestart: {
    ...{ by: 'launchChild', ...callback, default: null },
    help: ['<command>', 'run this command line before each restart'],
  },
  clearScreen: { by: 'launchChild', ...flag, default: false, help: ['', 'at each restart'] },
  env: { by: 'launchChild', ...variables, default: {}, help: ['<NAME=value> *', 'set a variable'] },
  log: {
    ...{ by: 'launchChild', ...oneOf(...LEVELS), default: 'info' },
    help: ['<level>', 'silent or debug'],
  },
  exec: { by: 'command', ...flag, default: false, help: ['', 'run without restarts'] },
  config: { by: 'command line', ...fileName, default: null, help: ['<file>', 'use this config'] },
  help: { by: 'command line', ...flag, default: false, help: ['', 'show this help'], short: 'h' },
  version: { by: 'command line', ...flag, default: false, help: ['', 'show the version'], short: 'v' },
}
