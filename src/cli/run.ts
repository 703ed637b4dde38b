/** Hands the parsed command over to the parent's loop. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isatty } from 'node:tty'
import type { EarlyChild } from '../early-child.ts'
import { roleOfProcess } from '../find-role.ts'
import { loadParent } from '../load-parent.ts'
import { createLog, shown } from '../log.ts'
import type { RunOptions } from '../options/interface.ts'
import { readProgramOptions, terminalDefaults } from '../options/options.ts'
import type { LaunchTarget } from '../parent/index.ts'
import { abandon, type Started, startFirstOfNode } from '../parent/start.ts'
import { ROLE_VARIABLE } from '../protocol/child-config.ts'
import type { Invocation } from './find-program.ts'
import { forgetCompiledCode } from './keep-compiled-code.ts'
import { joinedPatterns, missingPaths } from './nearest-path.ts'
import { directoryOfCommand } from './working-directory.ts'

/** `notes`: log lines for the user. */
export async function run(
  program: Invocation,
  { exec, ...options }: RunOptions,
  early: EarlyChild | undefined,
  notes: readonly string[],
): Promise<void> {
  const variables = program.is === 'node' ? program.env : undefined
  const env = { ...variables, ...options.env }
  if (exec === true || process.env[ROLE_VARIABLE] === 'off') {
    await early?.end() // the program would have an ended child that it does not know
    const { becomeProgram } = await import('./exec.ts')
    // Only for a person: a service manager has no terminal.
    if (exec === true && process.stderr.isTTY) say([onceOnly(program)], options.log)
    return becomeProgram(program, env)
  }
  roleOfProcess() // takes the variable out of the environment
  const unclear = [...missingPaths(options.watch, process.cwd()), ...joinedPatterns(options.ignore)]
  say([...notes, ...unclear], options.log)
  if (options.compileCache === false) forgetCompiledCode(process.argv[2])
  const defaults = isatty(2) ? terminalDefaults() : {}
  const target = launched(program)
  const all = { ...defaults, ...options, env }
  const parent = () => loadParent('exit75')
  if (target.is !== 'node') {
    void early?.end()
    return void (await parent().launchProgram(target, all))
  }
  const given = { watch: parent, early, isCommand: true }
  const started = await startFirstOfNode(target, readProgramOptions(all), given)
  if (early?.isTaken()) await headStart(started)
  await relaunchFirst(started, parent)
}

/** Such a child loads the app at once, and its thread needs the other processor: the parent's code can wait. */
async function headStart({ firstChild, program }: Started): Promise<void> {
  if (program.watchedPaths !== undefined) return // it is loaded, and events are waiting for it
  await Promise.race([sleep(HEAD_START), firstChild?.ended]).catch(() => {}) // the parent reports that
}

/** In ms: for a small program to have printed its first line. */
const HEAD_START = 60

function relaunchFirst(started: Started, parent: () => ReturnType<typeof loadParent>): Promise<unknown> {
  try {
    return parent().relaunch(started)
  } catch (error) {
    abandon(started)
    throw error
  }
}

function launched(program: Invocation): LaunchTarget {
  if (program.is === 'shell')
    return { is: 'command', file: program.line, args: [], shell: true, cwd: directoryOfCommand() }
  if (program.is === 'command') return { ...program, cwd: directoryOfCommand() }
  const cwd = process.cwd()
  const by = program.by === undefined ? {} : { by: program.by }
  return { is: 'node', execArgv: program.execArgv, argv: program.argv, cwd, env: process.env, ...by }
}

/** Logs lines before the parent has created its log. */
export function say(lines: readonly string[], log: RunOptions['log']): void {
  if (lines.length === 0) return
  const { info, close } = createLog(log ?? 'info')
  lines.forEach(info)
  close()
}

function onceOnly(program: Invocation): string {
  const words =
    program.is === 'shell'
      ? [`'${program.line.replaceAll("'", "'\\''")}'`]
      : program.is === 'command'
        ? [program.argv0, ...program.args]
        : [...program.execArgv, ...program.argv.slice(1).map(shown)]
  return `--exec: runs once, and nothing is watched · with restarts: exit75 ${words.join(' ')}`
}
