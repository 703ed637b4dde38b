import type { LaunchOptions } from './options/options.ts'
import type { Start } from './parent/index.ts'
import type { Ending } from './protocol/exit.ts'
import { role } from './role.ts'
import { ownFile } from './system/own-files.ts'

/**
 * Runs this program again in a child process, and again each time the child exits with 75. Does not
 * return: the parent ends exactly as the last child did, with its code or by its signal. With
 * `exit: false` the promise resolves to that `Ending` instead.
 *
 * Only the parent may call it: `if (PARENT) launchChild()`. It rejects elsewhere, for an option that
 * is unknown or invalid, here or in the configuration, for a program that cannot be started a second
 * time, for an address in `listen` that cannot be bound, and in runtimes other than Node (Bun, Deno).
 */
export async function launchChild(options: LaunchOptions = {}): Promise<Ending> {
  if (role.is === 'child') throw misplaced('this process is the child')
  if (role.is === 'neither') throw misplaced(`${role.because}, so there is nothing to launch here`)
  const parent = role
  parent.launch = 'runs'
  try {
    ownFile('preload.cjs', 'launchChild()') // first, so that a missing file is reported as launchChild()'s
    const { launchApp } = await import('./parent/index.ts') // the child never needs the parent's code
    return await launchApp(start, options)
  } finally {
    parent.launch = 'over'
  }
}

/** Captured when the module is loaded, before the program can change its directory or its arguments. */
const start: Start = {
  cwd: directory(),
  argv: [...process.argv],
  execArgv: [...process.execArgv],
  env: { ...process.env },
}

function directory(): string {
  try {
    return process.cwd()
  } catch {
    return '/' // the directory was removed; importing must not fail
  }
}

function misplaced(why: string): Error {
  return new Error(`launchChild(): ${why}. Call it in the parent only: if (PARENT) launchChild() else main()`)
}
