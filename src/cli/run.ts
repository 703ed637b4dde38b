/** Where the command ends and the parent begins: what was asked for, as the parent's loop takes it. */
import type { LaunchTarget } from '../parent/index.ts'
import { ROLE_VARIABLE } from '../protocol/child-config.ts'
import type { Invocation } from './find-program.ts'
import type { RunOptions } from './options.ts'

export async function run(program: Invocation, { exec, ...options }: RunOptions): Promise<void> {
  if (exec === true || process.env[ROLE_VARIABLE] === 'off') {
    const { becomeProgram } = await import('./exec.ts')
    return becomeProgram(program, options.env ?? {})
  }
  await import('../role.ts') // takes the variable out of the environment
  const { launchProgram } = await import('../parent/index.ts')
  await launchProgram(launched(program), options)
}

function launched(program: Invocation): LaunchTarget {
  const cwd = process.cwd()
  if (program.is !== 'shell') return { ...program, cwd }
  return { is: 'command', file: program.line, args: [], shell: true, cwd }
}
