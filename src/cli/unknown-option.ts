/** Errors for unknown options: names from other tools, and typing errors. */
import { closest, nearest } from '../options/did-you-mean.ts'
import { UsageError } from '../options/usage-error.ts'
import { namesOfNodeFlags } from './node-arguments.ts'

/** Returns the error for an option of nodemon, node --watch, tsx watch, watchexec and the like. */
export function optionOfOthers(word: string): UsageError | undefined {
  const typed = word.replace(/=.*/s, '')
  const [, here] = OTHERS.find(([names]) => names.test(typed)) ?? []
  return here === undefined ? undefined : new UsageError(`unknown option ${typed}. ${here}`)
}

export function unknownOption(word: string, own: readonly string[]): UsageError {
  const typed = word.replace(/=.*/s, '')
  const bare = typed.replace(/^-+/, '')
  const names = own.filter((option) => option.startsWith('--')).map((option) => option.slice(2))
  const near = closest(bare, names) ?? closest(bare, namesOfNodeFlags()) ?? nearest(bare, names)
  return new UsageError(
    `unknown option ${typed}. ${near === undefined ? 'Options of the program come after it. See exit75 --help' : `Did you mean --${near}?`}`,
  )
}

const isHere = (option: string) => `Use ${option}`

const IGNORED = 'Files that the program loads always count; .gitignore applies below --watch directories'

/** None of these is an option of exit75; some are Node flags that would have no effect here. */
const OTHERS: readonly (readonly [names: RegExp, here: string])[] = [
  [/^(-w|-W|--watch-path|--include|--watch-file|--watchDirectory|-f|--filter)$/, isHere('--watch')],
  [/^-e$/, 'For file extensions use --ext; to run code: exit75 node -e …'],
  [/^-p$/, 'To poll use --poll, for a first run after a change --postpone; to run code: exit75 node -p …'],
  [/^(--exts|--extensions?)$/, isHere('--ext')],
  [/^(-i|--exclude|--ignore-watch|--ignore-path|--watch-ignore|--watchIgnore)$/, isHere('--ignore')],
  [/^(-d|--delay|--debounce|--delay-run|--watch-delay)$/, isHere('--settle, in ms')],
  [
    /^(-L|-P|--legacy-watch|--poll(ing)?-interval|--polling_interval|--interval|--force-(poll|watch))$/,
    isHere('--poll'),
  ],
  [/^(-x|--exec-command)$/, 'The command follows the options here: exit75 python3 app.py'],
  [/^(-V|--verbose)$/, isHere('--log debug')],
  [/^(-q|--quiet|--silent)$/, isHere('--log silent')],
  [/^(-s|--stop-signal|--watch-kill-signal|--kill-signal|--killSignal)$/, isHere('--signal')],
  [/^(--exitcrash|--exit-on-crash|--exit-on-error|--no-autorestart)$/, isHere('--on-crash exit')],
  [/^(--kill-delay|--kill-wait)$/, isHere('--kill-timeout, in ms')],
  [/^--no-restart-on(-\w+)*(:\w+)?$/, isHere('--on-crash exit; after an exit with 0 nothing is restarted')],
  [
    /^(--preserve-output|--preserveWatchOutput|--watch-preserve-output)$/,
    'The screen is cleared only with --clear-screen',
  ],
  [/^(--clear|--cls)$/, isHere('--clear-screen')],
  [/^-E$/, isHere('--env NAME=value')],
  [/^(--rs|--interactive)$/, isHere('--keys')],
  [/^--socket$/, isHere('--listen')],
  [/^--wait-ready$/, isHere('--overlap')],
  [/^--listen-timeout$/, isHere('--ready-timeout, in ms')],
  [/^(--deps|--all-deps)$/, isHere('--node-modules')],
  [
    /^(-I|--no-stdin|--stdin|--non-interactive)$/,
    'The program reads standard input here, unless --keys is given',
  ],
  [/^(--on-change-only|--lazy)$/, isHere('--postpone')],
  [/^(--on-busy-update|-o)$/, 'A busy program is asked to exit, and chooses the moment; see --stop-timeout'],
  [/^(--shell|-n|--no-shell)$/, "A quoted line goes to the shell: exit75 'make && ./server'"],
  [/^(--no-vcs-ignore|--no-project-ignore|--no-default-ignore|--no-global-ignore)$/, IGNORED],
  [
    /^(-N|--notify|--no-meta|--print-events|-1|--only-emit-events|--emit-events-to)$/,
    'It is not needed here',
  ],
  [
    /^(--cwd|--workdir|--workingDir|--chdir)$/,
    'The program runs in the directory where exit75 is called: cd there first',
  ],
  [/^--dump$/, isHere('--log debug')],
  [/^--no-colou?rs?$/, 'Set NO_COLOR=1 in the environment'],
  [/^--no-update-notifier$/, 'exit75 never looks for updates'],
  [/^(--spawn|--timings|--tree-kill|--exit-child|--dedupe|--wrap-process|--bell)$/, 'It is not needed here'],
  [
    /^(--tsconfig|--no-cache|--transpile-only|--transpileOnly|-T|--files|--project|--swc|--esm)$/,
    'Give it to the tool that runs TypeScript: exit75 tsx …, exit75 ts-node …',
  ],
  [
    /^(--node-args|--nodeArgs|--node-arguments)$/,
    "Node's flags go among the options: exit75 --inspect app.js",
  ],
  [
    /^(--interpreter|--onSuccess)$/,
    "Any command can be run: exit75 python3 app.py, exit75 'make && ./server'",
  ],
  [/^--hot$/, 'exit75 restarts the program; saveState() keeps data across restarts'],
  [
    /^(--name|--instances|--max-memory-restart|--no-daemon|--cron|--uid|--minUptime|--spinSleepTime|-m|-a)$/,
    'For production use a supervisor, as in the README; options of the program come after it',
  ],
  [/^(--restart|--respawn)$/, 'A program is always restarted here'],
]
