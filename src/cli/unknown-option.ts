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
    `unknown option ${typed}. ${near === undefined ? 'What is for the program follows the program. See exit75 --help' : `Did you mean --${near}?`}`,
  )
}

const isHere = (option: string) => `Use ${option}`

const IGNORED = 'What a module loader reports counts in any case; .gitignore holds below --watch directories'

/** None of these is an option of exit75; some are Node flags that would have no effect here. */
const OTHERS: readonly (readonly [names: RegExp, here: string])[] = [
  [/^(-w|--watch-path|--include|--watch-file|-f|--filter)$/, isHere('--watch')],
  [/^-e$/, 'For file extensions use --ext; to run code: exit75 node -e …'],
  [/^(--exts|--extensions?)$/, isHere('--ext')],
  [/^(-i|--exclude|--ignore-watch|--ignore-path|--watch-ignore)$/, isHere('--ignore')],
  [/^(-d|--delay|--debounce|--delay-run)$/, isHere('--settle, in ms')],
  [/^(-L|--legacy-watch|--poll-interval|--interval|--force-poll)$/, isHere('--poll')],
  [/^(-x|--exec-command)$/, 'The command follows the options here: exit75 python3 app.py'],
  [/^(-V|--verbose)$/, isHere('--log debug')],
  [/^(-q|--quiet|--silent)$/, isHere('--log silent')],
  [/^(-s|--stop-signal|--watch-kill-signal|--kill-signal)$/, isHere('--signal')],
  [/^(--exitcrash|--exit-on-crash)$/, isHere('--on-crash exit')],
  [/^(--kill-delay|--kill-wait)$/, isHere('--kill-timeout, in ms')],
  [/^--no-restart-on(-\w+)*(:\w+)?$/, isHere('--on-crash exit; after an exit with 0 nothing is restarted')],
  [
    /^(--preserve-output|--preserveWatchOutput|--watch-preserve-output)$/,
    'The screen is cleared only with --clear-screen',
  ],
  [/^--clear$/, isHere('--clear-screen')],
  [/^(--deps|--all-deps)$/, isHere('--node-modules')],
  [/^(-I|--no-stdin)$/, 'The program reads standard input here, unless --keys is given'],
  [/^(--on-change-only|--lazy)$/, isHere('--postpone')],
  [
    /^(--on-busy-update|-o)$/,
    'A program that is busy is asked, and ends when it suits it; see --stop-timeout',
  ],
  [/^(--shell|-n|--no-shell)$/, "A quoted line goes to the shell: exit75 'make && ./server'"],
  [/^(--no-vcs-ignore|--no-project-ignore|--no-default-ignore|--no-global-ignore)$/, IGNORED],
  [
    /^(-N|--notify|--no-meta|--print-events|-1|--only-emit-events|--emit-events-to)$/,
    'It is not needed here',
  ],
  [/^(--cwd|--workdir)$/, 'The program runs in the directory where exit75 is called: cd there first'],
  [/^--dump$/, isHere('--log debug')],
  [/^--no-colou?rs?$/, 'Set NO_COLOR=1 in the environment'],
  [/^--no-update-notifier$/, 'No updates are looked for here'],
  [/^--spawn$/, 'It is not needed here'],
  [/^(--restart|--respawn)$/, 'A program is always restarted here'],
]
