import { startEarly } from './early-child.ts'
import { loadParent } from './load-parent.ts'
import type { LaunchOptions } from './options/options.ts'
import type { Ending } from './protocol/exit.ts'
import { role } from './role.ts'
import { isFromEntry } from './system/entry-frame.ts'
import type { Start } from './system/node-start.ts'
import { PATTERN } from './system/pattern.ts'
import { callersOf, raiseAt, rethrow } from './system/raise.ts'
import { testRunner } from './system/test-runner.ts'
import { START } from './watch/files/paths.ts'

/**
 * Runs this program again in a child process, and again each time the child exits with 75. Does not
 * return: the parent ends exactly as the last child did, with its code or by its signal. With
 * `exit: false` the promise resolves to that `Ending` instead.
 *
 * Only the parent may call it: `if (PARENT) launchChild()`. It rejects elsewhere, where a test runner has
 * loaded the entry, for an option that is unknown or invalid, here or in the configuration, for a program
 * that cannot be started a second time, and for an address in `listen` that cannot be bound. Runtimes other
 * than Node (Bun, Deno) end with one line.
 */
export async function launchChild(options: LaunchOptions = {}): Promise<Ending> {
  const callers = callersOf(launchChild)
  if (role.is === 'child') return misplaced('this process is the child', callers)
  if (role.is === 'neither') return misplaced(`${role.because}, so there is nothing to launch here`, callers)
  const parent = role
  if (parent.launch === 'runs') return refused('it is running already. Call it once', callers)
  const runner = testRunner()
  if (runner !== undefined && !runsTests(callers))
    return refused(
      `${runner} runs here, and would run its tests again in a child. Call it in an entry that no test imports`,
      callers,
    )
  parent.launch = 'runs'
  const early = startsAsUsual(options) ? startEarly(start) : undefined
  try {
    return await loadParent('launchChild()').launchApp(start, options, parent, early)
  } catch (error) {
    await early?.end()
    return rethrow(error, OWN, callers)
  } finally {
    parent.launch = 'over'
    parent.restart = undefined
  }
}

/** How errors about the call itself begin. */
const OWN = 'launchChild(): '

/** Captured when the module is loaded, before the program can change its directory or its arguments. */
const start: Start = {
  cwd: START,
  argv: [...process.argv],
  execArgv: [...process.execArgv],
  env: { ...process.env },
}

/** Whether this is a program that runs tests of others, by `run()` of node:test: it is not imported by one. */
const runsTests = (callers: string): boolean =>
  process.env.NODE_TEST_CONTEXT === undefined && isFromEntry(callers)

/** Whether a child is started as without options: these change how. They have not been checked yet. */
const startsAsUsual = (options: LaunchOptions | null): boolean =>
  options?.env === undefined && options?.listen === undefined

function misplaced(why: string, callers: string): never {
  return refused(`${why}. Call it in the parent only: ${PATTERN}`, callers)
}

function refused(text: string, callers: string): never {
  return raiseAt(new Error(OWN + text), callers)
}
