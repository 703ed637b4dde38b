/** Where the command ends and the parent begins: what was asked for, as the parent's loop takes it. */
import { ROLE_VARIABLE } from '../wire.ts'
import type { RunOptions } from './options.ts'
import type { Program } from './program.ts'
import { Refusal } from './refusal.ts'

export async function handOver(program: Program, options: RunOptions): Promise<void> {
  if (options.exec === true || process.env[ROLE_VARIABLE] === 'off') {
    const { becomeProgram } = await import('./exec.ts')
    return becomeProgram(program, options.env ?? {})
  }
  // The parent's loop takes a Node program that knows exit75, and the options of launchChild().
  if (program.is !== 'node') throw notYet('a command that is no Node program')
  const { watch, ignore, ext, signal, onExit, keys, exec, ...launchOptions } = options
  for (const [name, value] of Object.entries({ watch, ignore, ext, signal, onExit, keys }))
    if (value !== undefined && value !== false) throw notYet(`the option ${name}`)
  await import('../role.ts') // takes the variable out of the environment
  const { startFirstChild } = await import('../parent/first-child.ts')
  const start = { cwd: process.cwd(), argv: program.argv, execArgv: program.execArgv }
  const beginning = await startFirstChild(start, launchOptions)
  const { relaunch } = await import('../parent/launch-child.ts')
  await relaunch(beginning)
}

const notYet = (what: string): Refusal => new Refusal(`${what} cannot be run yet, but with --exec`)
