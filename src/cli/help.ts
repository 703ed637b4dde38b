/** What `--help` says: a screen of 80 × 24, with the prompt that follows. */
export const USAGE = 'Usage: exit75 [options] <program> [arguments]'

export const HELP: string = `${USAGE}
Runs a program again when its files change. Times in ms; * may be repeated.

  --watch <path> *           watch this as well (a command: instead of all here)
  --ignore <pattern> *       but not this: a glob or a /regular expression/
  --ext <js,ts>              only files with these extensions
  --settle <t>, --poll [t]   quiet time before a change counts; look, every 500
  --node-modules, --no-syntax-check  watch these, too; take files with errors
  --signal <SIGTERM>         asks a program to end that knows nothing of exit75
  --stop-timeout <t>, --kill-timeout <t>   limits before SIGTERM, SIGKILL (5000)
  --on-crash <wait|exit>, --on-exit <exit|wait>       when it fails; ends with 0
  --no-standby, --preload <package> *     no next process kept ready; with these
  --listen <[host:]port|path> *           hold this socket between two processes
  --overlap, --ready-timeout <t>          start the new one beside the old
  --env <NAME=value> *       added to the environment
  --log <info|silent|debug>  how much is said
  --keys                     type rs, ch, p, q or ? to exit75
  --exec                     become the program: no restarts, for containers
  --config <file>            not exit75.config.json or package.json#exit75
  -h, --help, -v, --version

Example: exit75 server.ts, exit75 -- python3 app.py, exit75 'make && ./server'
`
