#!/usr/bin/env node
/** The command `exit75`: each stage has a file of its own. */
import '../system/check-node.ts'
import { readFileSync } from 'node:fs'
import { NOT_EXECUTABLE, NOT_FOUND } from '../protocol/exit.ts'
import { ownFile } from '../system/own-files.ts'
import { parseCommandLine } from './command-line.ts'
import { merge, readConfig } from './config.ts'
import { findProgram } from './find-program.ts'
import { HELP } from './help.ts'
import { run } from './run.ts'
import { UsageError } from './usage-error.ts'

/** What cannot be launched is told by the name of the function that was called. */
const LAUNCH = 'launchChild(): '

async function main(): Promise<void> {
  const directory = process.cwd()
  const asked = parseCommandLine(process.argv.slice(2), directory)
  if (asked.is === 'help') return say(HELP)
  if (asked.is === 'version') return say(`${version()}\n`)

  const options = merge(readConfig(directory, asked.config), asked.options)
  const program = findProgram(asked.words, { directory, env: { ...process.env, ...options.env } })
  await run(program, options)
}

function say(text: string): void {
  process.stdout.on('error', () => {}) // `exit75 --help | head -1`: nobody reads any more
  process.stdout.write(text)
}

function version(): string {
  return JSON.parse(readFileSync(ownFile('../package.json', 'exit75'), 'utf8')).version
}

main().catch((error: Error) => {
  const isOurs = error instanceof UsageError || error.message.startsWith(LAUNCH)
  if (!isOurs) throw error
  process.stderr.write(`[exit75] ${error.message.replace(LAUNCH, '')}\n`)
  process.exitCode = error instanceof UsageError ? error.status : statusOf(error.cause)
})

/** As a shell has it, for what was there and could not be started all the same. */
function statusOf(cause: unknown): number {
  const { code, syscall = '' } = (cause ?? {}) as NodeJS.ErrnoException
  if (!syscall.startsWith('spawn')) return 1
  return code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE
}
