/** Becomes the program, without a parent or watching. For process 1 of a container, and for services. */
import { type ChildProcess, spawn } from 'node:child_process'
import { isatty } from 'node:tty'
import { leave } from '../parent/leave.ts'
import { isInForeground } from '../parent/terminal.ts'
import { FIRST_SOCKET } from '../protocol/address.ts'
import { ROLE_VARIABLE } from '../protocol/child-config.ts'
import { type Exit, exitOf } from '../protocol/exit.ts'
import { FORWARDED } from '../protocol/signals.ts'
import { inheritedSockets } from '../system/systemd.ts'
import { withVariables } from '../system/variables.ts'
import { type Spawned, startedByCmd } from '../system/windows-command.ts'
import type { Invocation } from './find-program.ts'
import { isBareScript } from './shebang.ts'

/** Does not return: the program replaces this process, or runs below it and determines its exit. */
export async function becomeProgram(program: Invocation, added: Readonly<NodeJS.ProcessEnv>): Promise<never> {
  const image = imageOf(program, withVariables(process.env, { ...added, [ROLE_VARIABLE]: 'off' }))
  // Node's execve() closes all other descriptors, including systemd's sockets.
  const canReplace = !IS_WINDOWS && inheritedSockets().length === 0
  if (process.execve !== undefined && canReplace) return replace(process.execve, image)
  return leave(await runBeneath(image))
}

/** There execve() exists but throws, the shell is cmd.exe, and the console sends its signals to all processes. */
const IS_WINDOWS = process.platform === 'win32'

/** The arguments of execve(2). */
interface Image {
  readonly file: string
  /** Including argv[0]. */
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Whether `file` is a line for the shell of Windows. */
  readonly shell?: boolean
}

function imageOf(program: Invocation, env: NodeJS.ProcessEnv): Image {
  if (program.is === 'shell' && IS_WINDOWS) return { file: program.line, argv: [], env, shell: true }
  if (program.is === 'shell') return { file: '/bin/sh', argv: ['sh', '-c', program.line], env }
  if (program.is === 'command') {
    const { file, argv0, args } = program
    // The kernel refuses a script without `#!`, but a shell runs it (execvp(3)).
    if (!IS_WINDOWS && isBareScript(file)) return { file: '/bin/sh', argv: ['sh', file, ...args], env }
    return { file, argv: [argv0, ...args], env }
  }
  const [file = process.execPath, ...rest] = program.argv
  const argv0 = file === process.execPath ? process.argv0 : file
  return { file, argv: [argv0, ...program.execArgv, ...rest], env }
}

function replace(execve: NonNullable<typeof process.execve>, { file, argv, env }: Image): never {
  // Node ignores these two, and ignored signals stay ignored in the program: `yes | head -1` would
  // complain. Signals with a listener are reset to their default (execve(2)).
  for (const signal of ['SIGPIPE', 'SIGXFSZ'] as const) process.on(signal, () => {})
  const given = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return execve.call(process, file, argv, Object.fromEntries(given))
}

/** Runs the program as a child, where this process cannot be replaced. */
async function runBeneath({ file, argv: [argv0 = file, ...args], env, shell = false }: Image): Promise<Exit> {
  const sockets = inheritedSockets().length
  const stdio = Array.from({ length: FIRST_SOCKET + sockets }, (_, fd) => fd)
  // LISTEN_PID must be the program's own pid: only a shell can set it in time.
  const child =
    sockets === 0
      ? start({ file, args, options: { env, stdio, ...(shell ? { shell } : { argv0 }) } })
      : spawn('/bin/sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', file, ...args], { env, stdio })
  const listeners = PASSED_ON.map((signal) => {
    const passOn = () => void (IS_WINDOWS || sentToBoth(signal) || child.kill(signal))
    process.on(signal, passOn)
    return () => process.off(signal, passOn)
  })
  try {
    return await new Promise<Exit>((resolve, reject) => {
      child.on('error', (error) => void (child.pid === undefined && reject(error)))
      child.on('exit', (code, signal) => resolve(exitOf(code, signal)))
    })
  } finally {
    for (const undo of listeners) undo()
  }
}

function start(asked: Spawned): ChildProcess {
  const { file, args, options } = startedByCmd(asked)
  return spawn(file, args, options)
}

const PASSED_ON = [...FORWARDED, 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const

/** Signals that a terminal sends to every process in its foreground. */
const BY_KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH']

function sentToBoth(signal: NodeJS.Signals): boolean {
  return BY_KEYBOARD.includes(signal) && isInForeground() && hasTerminal()
}

/** Without /proc, asks the standard streams. */
const hasTerminal = (): boolean => process.platform === 'linux' || [0, 1, 2].some((fd) => isatty(fd))
