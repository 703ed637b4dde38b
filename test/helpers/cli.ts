/** The command under test, as it is installed. */
import { join } from 'node:path'
import { type Run, type StartOptions, start } from './start.ts'
import { REPOSITORY } from './temp-dir.ts'

export const CLI: string = join(REPOSITORY, 'dist/cli.cjs')

/** Starts `exit75 args…`; `flags` are for the Node that runs the command itself. */
export function startCli(
  t: Parameters<typeof start>[0],
  args: readonly string[],
  options?: StartOptions,
): Run {
  return start(t, [CLI, ...args], options)
}
