/** The command `exit75`: each stage is in a separate file. */
import { resolve } from 'node:path'
import type { EarlyChild } from '../early-child.ts'
import { merge, readConfig } from '../options/config.ts'
import type { RunOptions } from '../options/interface.ts'
import { MissingFile, UsageError } from '../options/usage-error.ts'
import { ROLE_VARIABLE } from '../protocol/child-config.ts'
import { NOT_EXECUTABLE, NOT_FOUND } from '../protocol/exit.ts'
import { isNode } from '../system/restarters.ts'
import { withVariables } from '../system/variables.ts'
import { VERSION } from '../system/version.ts'
import { ownAmong, type ParsedArgs, parseCommandLine } from './command-line.ts'
import { findProgram, type Invocation, type Place } from './find-program.ts'
import { HELP } from './help.ts'
import { expandedPattern } from './misread.ts'
import { nearestPath, programAmong } from './nearest-path.ts'
import { run, say } from './run.ts'
import { checkReadable, workingDirectory } from './working-directory.ts'

/** Prefix of errors from the launch, which the command leaves out. */
const LAUNCH = 'launchChild(): '

type Run = Extract<ParsedArgs, { is: 'run' }>

/** Runs the command line of this process. `early`: see {@link EarlyChild}. */
export function main(early: EarlyChild | undefined): void {
  command(early).catch((error: Error) => {
    void early?.end()
    const isOurs = error instanceof UsageError || error.message.startsWith(LAUNCH)
    if (!isOurs) throw error
    process.stderr.write(`[exit75] ${error.message.replace(LAUNCH, '')}\n`)
    process.exitCode = error instanceof UsageError ? error.status : statusOf(error.cause)
  })
}

async function command(early: EarlyChild | undefined): Promise<void> {
  const directory = workingDirectory()
  const parsed = parseCommandLine(process.argv.slice(2), directory)
  if (parsed.is === 'help') return print(HELP)
  if (parsed.is === 'version') return print(`${VERSION}\n`)

  const options = merge(readConfig(directory, parsed.config), parsed.options)
  const place = { directory, env: withVariables(process.env, options.env ?? {}), flags: parsed.flags }
  const program = await whenItIsThere(parsed.words, place, options)
  await run(program, options, early, [
    ...notesOn(parsed),
    ...(parsed.isMarked ? [] : expandedPattern(parsed.options.watch, parsed.words, directory)),
  ])
}

/** Finds the program. Waits for a missing file, which may be about to be built, unless an immediate error is wanted. */
async function whenItIsThere(
  words: readonly string[],
  place: Place,
  { exec, onCrash, log, watch }: RunOptions,
): Promise<Invocation> {
  for (let said = ''; ; ) {
    try {
      return findProgram(words, place)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      if (error instanceof MissingFile) checkReadable(error.directory)
      if (words.length === 0) error.message += programAmong(watch)
      else if (error instanceof MissingFile) error.message += nearestPath(error.file, error.directory)
      const isFinal = exec === true || onCrash === 'exit' || process.env[ROLE_VARIABLE] === 'off'
      if (isFinal || !(error instanceof MissingFile)) throw error
      const { waitForFile } = await import('./wait-for-file.ts')
      // Beside it may be one that is not run by this name: app.mjs for ./app.
      if (error.message !== said) say([`${error.message} · waiting for it`], log)
      said = error.message
      await waitForFile(resolve(error.directory, error.file))
    }
  }
}

function notesOn({ words: [program = '', ...args], isMarked }: Run): string[] {
  const own = isMarked ? undefined : ownAmong(args)
  if (own === undefined || (own === '--watch' && isNode(program))) return [] // refused, with a word of its own
  return [`${own} is passed to ${program}, because it follows it · options of exit75 go before the program`]
}

/** Prints the output of `--help` and `--version`. */
function print(text: string): void {
  process.stdout.on('error', () => {}) // `exit75 --help | head -1`: the reader is gone
  process.stdout.write(text)
}

/** Returns a shell's exit code for a command that exists, but could not be started. */
function statusOf(cause: unknown): number {
  const { code, syscall = '' } = (cause ?? {}) as NodeJS.ErrnoException
  if (!syscall.startsWith('spawn')) return 1
  return code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE
}
