/**
 * The cases of the peers' own test suites, and the answer of exit75 to each: the same, better, or different by
 * design, with the reason. Held by a test of peers.test.ts, or by another one of this suite (`file: title`).
 */

export const ANSWERS = ['the same', 'better', 'different'] as const

type Case = readonly [asked: string, answer: (typeof ANSWERS)[number], by: string, reason?: string]

/** The cases that peers.test.ts asks itself. */
export const HERE = {
  OWN_WORDS: 'arguments and flags are the program’s own',
  PRELOAD: 'a preload runs in the program alone',
  CHANNEL: 'messages pass both ways',
  TYPED: 'what is typed reaches the program',
  DEPENDENCY: 'an edit of a dependency ends the program in its own way, and starts it again',
  AGAIN: 'and again',
  ENV_FILE: 'an edit of the env file is in the next generation',
  OUTPUT: 'the output is the program’s: nothing clears it, warns or tells the time',
  SIGINT: 'SIGINT ends both',
  NAMES: 'names are names, whatever characters are in them',
  CAUGHT: 'an error that the program deals with is none',
  BLOCKED: 'an edit ends a program whose event loop stands still',
  IGNORED: 'neither dependencies in node_modules nor what is ignored restarts it',
} as const
const { OWN_WORDS, PRELOAD, CHANNEL, TYPED, DEPENDENCY, AGAIN, ENV_FILE, OUTPUT, SIGINT } = HERE
const { NAMES, CAUGHT, BLOCKED, IGNORED } = HERE

const END = 'the parent ends as the program ends; `--on-exit wait` waits for a change'
const CLEAR = 'the screen is never cleared: what the last generation said is still there'
const CONTENT = 'a save of the same content restarts nothing'
const GUARD = 'an option of another restarter is answered with the name that it has here'
const COMMAND = 'cli/command.test.ts: an edit while nothing runs launches'
const CRASH = 'parent/programs/wait-for-fix.test.ts: after a crash it waits, and launches what is saved'
const LOADED = 'child/loaded-files.test.ts: whatever is loaded is noticed'
const MISSING = 'watch/missing.test.ts: an optional import, data, a module without an ending, a directory'
const BUILT = 'cli/start.test.ts: what is about to be built is waited for'
const TREE = 'cli/command.test.ts: --watch instead of the working directory'
const EACH = 'cli/command.test.ts: each change below the working directory is a restart'
const EXTENSIONS = 'cli/command.test.ts: only files with these extensions'
const RUN_PROCESS =
  'run-process/run-process.test.ts: a command is run again, and a function in a fresh process'
const CONFIG = 'options/config.test.ts: the command line wins; lists are replaced, variables are merged'
const OTHERS = 'cli/command-line.test.ts: is named as it is called here'

export const TABLE: Readonly<Record<string, readonly Case[]>> = {
  'node --watch': [
    ['changes to a file', 'the same', DEPENDENCY],
    ['changes to a file whose event loop has ended', 'different', COMMAND, END],
    ['env variables when --env-file changes', 'the same', ENV_FILE],
    ['new env variables when --env-file changes', 'the same', ENV_FILE],
    [
      'new env variables when --env-file-if-exists changes',
      'the same',
      'parent/programs/environment.test.ts: an edited env file counts, whoever reads it',
    ],
    ['changes to a failing file', 'better', CRASH, `${CONTENT}, and one message per crash`],
    ['changes to a file with --watch-path', 'better', TREE, 'beside what is loaded, not instead of it'],
    [
      'a file that does not exist, under --watch-path',
      'better',
      BUILT,
      'it is waited for, and not run in vain',
    ],
    ['the same with an equals sign', 'better', BUILT, 'it is waited for, and not run in vain'],
    ['an event loop that is blocked', 'the same', BLOCKED],
    ['dependencies, CommonJS', 'the same', DEPENDENCY],
    ['dependencies, ES modules', 'the same', BLOCKED],
    ['several restarts', 'the same', AGAIN],
    ['arguments are passed', 'the same', OWN_WORDS],
    ['--require runs in the watched process only', 'the same', PRELOAD],
    [
      '--import runs in the watched process only',
      'the same',
      'register.test.ts: a loader and other preloads are as they were',
    ],
    ['a missing entry', 'the same', BUILT],
    ['a missing entry, .mjs', 'the same', BUILT],
    [
      'a dependency that was missing, CommonJS',
      'better',
      MISSING,
      'on every system, not only where recursive watching is',
    ],
    ['a dependency that was missing, ES modules', 'better', MISSING, 'on every system'],
    ['the output is cleared between runs', 'different', OUTPUT, CLEAR],
    ['--watch-preserve-output', 'the same', OUTPUT],
    [
      '--watch-path beside --require, in four spellings',
      'the same',
      `cli/command-line.test.ts: Node's own flags among the options`,
    ],
    ['--inspect', 'the same', 'parent/programs/node-command.test.ts: --inspect=port: the port'],
    ['-r', 'the same', PRELOAD],
    ['messages pass from a spawning parent to the child and back', 'the same', CHANNEL],
  ],
  'tsx watch': [
    [
      'a script is required',
      'different',
      'cli/start.test.ts: the main file of the package',
      'exit75 alone runs the main file',
    ],
    ['files are watched for changes', 'the same', DEPENDENCY],
    ['literal paths with glob characters', 'the same', NAMES],
    ['an entry that begins with a bang', 'the same', NAMES],
    ['only negated include patterns', 'different', OTHERS, '--ignore says what is left out'],
    [
      'dependencies win over negated includes',
      'different',
      IGNORED,
      '--ignore means a loaded file as well: it is the remedy for one that changes itself',
    ],
    [
      'overlapping literal and include events are one',
      'the same',
      'watch/change/decisions.test.ts: a second event of the same save is reported once',
    ],
    [
      'an include that the program itself changes during the first run',
      'the same',
      'cli/cli.test.ts: what goes to a file that is watched is no reason to run it again',
    ],
    ['no warnings, and no cleared screen in a pipe', 'the same', OUTPUT],
    ['the screen is cleared on a terminal', 'different', OUTPUT, CLEAR],
    [
      'Enter runs it again',
      'different',
      'parent/keys.test.ts: typed commands do what they say, line by line',
      'what is typed is the program’s; `--keys` takes rs',
    ],
    ['flags are passed', 'the same', OWN_WORDS],
    ['it waits for the exit listeners', 'the same', DEPENDENCY],
    ['Ctrl-C ends with 130 when the script has exited', 'different', COMMAND, END],
    ['help', 'the same', 'cli/cli.test.ts: says its version'],
    ['--help behind the file is the file’s', 'the same', OWN_WORDS],
    ['--include: a path and a glob', 'the same', 'cli/start.test.ts: --watch takes patterns'],
    ['--exclude: a path and a glob', 'the same', IGNORED],
    ['real paths of pnpm outside the directory', 'the same', IGNORED],
    ['flags of watch are not in argv', 'the same', OWN_WORDS],
    ['it recovers after a first run that failed', 'the same', CRASH],
  ],
  'node-dev': [
    ['it does not show in argv', 'the same', OWN_WORDS],
    ['built-in modules can be imported', 'the same', NAMES],
    ['caught errors are ignored', 'the same', CAUGHT],
    ['--clear', 'different', OUTPUT, CLEAR],
    ['--require=ts-node/register', 'the same', 'world/loaders.test.ts: starts as without exit75'],
    ['a cluster restarts', 'the same', 'register.test.ts: forked processes, cluster workers and threads'],
    ['require.main is the program', 'the same', OWN_WORDS],
    ['after an error it waits', 'the same', CRASH],
    ['after `throw null`, too', 'the same', CAUGHT],
    [
      '--experimental-specifier-resolution',
      'different',
      'cli/command-line.test.ts: refused: ',
      'no Node of today has it',
    ],
    ['ES modules', 'the same', BLOCKED],
    ['packages of type module', 'the same', 'restart.test.ts: an edit of a loaded module runs the new code'],
    ['no experimental warnings', 'the same', OUTPUT],
    ['the exit code is passed on', 'the same', 'parent/leave.test.ts: the parent ends as the app did'],
    ['unknown flags are Node’s', 'the same', OWN_WORDS],
    [
      'options for extensions in .node-dev.json',
      'different',
      'cli/typescript.test.ts: TypeScript, where the package depends on',
      'the project’s own loader with its own configuration',
    ],
    [
      '--graceful_ipc',
      'better',
      'register.test.ts: a program that imports exit75 is asked',
      'a program that imports exit75 is asked',
    ],
    ['--inspect', 'the same', 'parent/programs/node-command.test.ts: --inspect=port: the port'],
    [
      'forked processes are ended',
      'the same',
      'parent/programs/left-behind.test.ts: a helper is gone before the next generation',
    ],
    ['no such module', 'the same', CRASH],
    ['NODE_ENV is not set', 'the same', OWN_WORDS],
    ['stdin is relayed', 'the same', TYPED],
    ['require.extensions may be changed', 'the same', NAMES],
    ['it restarts twice', 'the same', AGAIN],
    ['SIGTERM allows a shutdown', 'the same', DEPENDENCY],
    ['time stamps', 'different', OUTPUT, 'one line per decision, without the time'],
    [
      'TypeScript in a package of type module has no loader',
      'better',
      'cli/typescript.test.ts: the flags of each, for CommonJS and for ES modules',
      'it runs',
    ],
    ['TypeScript by ts-node', 'the same', 'world/typescript.test.ts: where the project depends on'],
    ['asynchronous code of uncaughtException handlers', 'the same', CAUGHT],
    ['worker threads', 'the same', LOADED],
    ['content in place of time', 'the same', EACH],
    ['several files at once are one restart', 'the same', EACH],
  ],
  nodemon: [
    ['node by default, app for app.js', 'the same', 'cli/find-program.test.ts: a Node program'],
    [
      'other interpreters by extension (execMap)',
      'different',
      'cli/find-program.test.ts: neither a Node program',
      'the interpreter is named: exit75 python3 app.py',
    ],
    ['{{filename}}', 'different', 'cli/start.test.ts: a shell line', 'a line for the shell says it'],
    ['file names with spaces', 'the same', 'cli/find-program.test.ts: my app.js'],
    ['main of package.json', 'the same', 'cli/start.test.ts: the main file of the package'],
    [
      'scripts.start of package.json',
      'different',
      'cli/start.test.ts: the main file of the package',
      '`main` alone: a script is a line for the shell',
    ],
    [
      'arguments before and behind the script',
      'different',
      'cli/start.test.ts: what follows the program is the program',
      'what follows is always the program’s, and a line says so',
    ],
    ['--debug and --harmony are Node’s', 'the same', OWN_WORDS],
    ['--delay', 'different', OTHERS, GUARD],
    ['--ext', 'the same', EXTENSIONS],
    ['--watch: a directory, a file, a pattern', 'the same', TREE],
    [
      'a dot file is not matched unless it is asked for',
      'different',
      EACH,
      '.env and its like are edited by people; caches are left out by name',
    ],
    ['ignored by the command line', 'the same', IGNORED],
    [
      'node_modules is ignored, anywhere',
      'the same',
      'watch/filter/filter.test.ts: directories that are not looked into',
    ],
    [
      'ignore rules may be expressions and have comments',
      'the same',
      'watch/filter/filter.test.ts: a wrong expression is an error that says which line',
    ],
    [
      'configuration: file, package.json, command line',
      'different',
      CONFIG,
      'none for all projects of a user',
    ],
    ['new files restart', 'the same', EACH],
    ['it waits when the script crashes', 'the same', CRASH],
    ['it waits when the script ends', 'different', COMMAND, END],
    ['--on-change-only', 'different', OTHERS, 'a program starts at once'],
    ['another signal', 'the same', 'cli/command-end.test.ts: --signal is the one that it gets'],
    ['SIGINT ends the child', 'the same', SIGINT],
    [
      'a child that ignores SIGINT',
      'different',
      'parent/programs/wait-for-fix.test.ts: SIGTERM ends by it',
      'the program decides; a second Ctrl-C or SIGTERM is passed on, too',
    ],
    ['rs', 'the same', 'parent/keys.test.ts: typed commands do what they say, line by line'],
    [
      'variables are passed through',
      'the same',
      'parent/programs/environment.test.ts: the environment is that of the start',
    ],
    [
      'as a module: start, restart, end, and no listener left',
      'the same',
      "run-process/endings.test.ts: the program's own listeners are called",
    ],
    [
      'scripts on events',
      'different',
      'launch.test.ts: exit: false resolves with how it ended',
      'a program that wants to know calls launchChild() or runProcess()',
    ],
    [
      'coverage directories restart nothing',
      'different',
      'watch/filter/filter.test.ts: .nyc_output',
      '.nyc_output is passed over; `coverage` may hold sources: --ignore',
    ],
  ],
  watchfiles: [
    ['a process that lives is terminated, and started again', 'the same', RUN_PROCESS],
    [
      'one that is dead is started again, and the callback is told',
      'the same',
      'run-process/endings.test.ts: a process that ends by itself, or fails, is run again after a change',
    ],
    [
      'one that does not end is killed',
      'the same',
      'run-process/endings.test.ts: a process that ignores SIGINT is killed after sigintTimeout',
    ],
    ['a target with arguments', 'the same', RUN_PROCESS],
    [
      'the changes are in the environment',
      'the same',
      'run-process/run-process.test.ts: with each kind of change, which the callback is told before',
    ],
    ['an asynchronous callback', 'the same', 'run-process/run-process.test.ts: the callback is awaited'],
    ['a synchronous callback', 'the same', 'run-process/run-process.test.ts: the callback is awaited'],
    ['a function by its name', 'the same', 'run-process/target.test.ts: importString() gives an export'],
    ['a terminal for the function', 'better', TYPED, 'standard input is inherited: no device is opened'],
    ['a terminal that is not there', 'better', TYPED, 'standard input is inherited: no device is opened'],
  ],
}
