/**
 * Starts a command that is not a Node program. It sends no messages, so they are simulated here. It leads
 * its own process group: a signal reaches everything that a shell has started.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Readable, Writable } from 'node:stream'
import { isatty } from 'node:tty'
import type { Settings } from '../../options/options.ts'
import { CHANGES_VARIABLE, changesVariable, WATCHFILES_VARIABLE } from '../../protocol/change.ts'
import { type Launch, ROLE_VARIABLE } from '../../protocol/child-config.ts'
import { EX_TEMPFAIL, type Exit, exitOf, NOT_EXECUTABLE, NOT_FOUND } from '../../protocol/exit.ts'
import { monotonic } from '../../system/monotonic.ts'
import { isShortage } from '../../system/shortage.ts'
import { withoutVariables, withVariables } from '../../system/variables.ts'
import type { Sockets } from '../held/sockets.ts'
import { isInForeground } from '../terminal.ts'
import { followTerminal } from './follow-terminal.ts'
import type { Guard } from './guard.ts'
import { createInbox } from './inbox.ts'
import { HAS_GROUPS, processGroup } from './process-group.ts'
import type { RunningChild } from './program.ts'
import { activation } from './spawn-node.ts'
import { startProcess } from './start-process.ts'

export interface CommandLine {
  readonly file: string
  /** Its argv[0]. Default: the file. */
  readonly argv0?: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Whether `file` is a line for the shell. */
  readonly shell?: boolean
  /** Written to a pipe, whose descriptor follows those of the sockets. */
  readonly message?: Uint8Array
}

export function spawnCommand(
  command: CommandLine,
  { env, signal, killTimeout, stdin }: Settings,
  sockets: Sockets,
  guard: Guard,
  { generation, changes }: Launch,
): RunningChild {
  const { file, argv0, args, shell } = withSockets(command, sockets)
  const { message } = command
  const caused = changesVariable(changes)
  sockets.block()
  // Before the command, whose first output may prompt a Ctrl-Z.
  const unfollow = followTerminal((name) => group.pass(name))
  guard.expect()
  const child = startProcess(file, args, {
    ...(argv0 === undefined ? {} : { argv0 }),
    cwd: command.cwd,
    shell,
    detached: HAS_GROUPS,
    stdio: [keyboardFor(stdin), 'inherit', 'inherit', ...sockets.fds, ...(message ? ['pipe' as const] : [])],
    env: withVariables(withoutVariables(process.env, [ROLE_VARIABLE]), {
      ...env,
      ...activation(sockets),
      [CHANGES_VARIABLE]: caused,
      [WATCHFILES_VARIABLE]: caused,
    }),
  })
  if (child.pid !== undefined) guard.watch(child.pid)
  if (message !== undefined && child.pid !== undefined) write(message, child.stdio.at(-1))
  const group = processGroup(child)
  const ended = endOf(child, () => group.end(signal, killTimeout)).catch(cannotStart)
  ended.then(release, release)
  const { push, onMessage } = createInbox()
  if (child.pid !== undefined) push({ is: 'started' })
  return {
    process: child,
    startedAt: monotonic(),
    loaded: new Map(),
    ended,
    post(message) {
      if (message.is === 'restart') push({ is: 'outdated', reason: message.reason })
      if (message.is === 'ping') push({ is: 'pong', about: message.about })
    },
    onMessage,
    kill: group.kill,
  }

  function release(): void {
    guard.release()
    unfollow()
  }

  /** After the first generation, the command may just be being rebuilt: simulates an exit with a shell's code. */
  function cannotStart(cause: NodeJS.ErrnoException): Exit {
    const text = `cannot start ${argv0 ?? file}: ${whyNot(cause, command)}`
    if (generation === 1 || isShortage(cause)) throw new Error(`launchChild(): ${text}`, { cause })
    push({ is: 'note', text })
    return { code: STATUS[cause.code ?? ''] ?? NOT_EXECUTABLE, signal: null }
  }
}

/** ETXTBSY: closing the file changes no content, so no event would retry: launch again (75). */
const STATUS: Readonly<Record<string, number>> = { ENOENT: NOT_FOUND, ETXTBSY: EX_TEMPFAIL }

function write(message: Uint8Array, pipe: Readable | Writable | null | undefined): void {
  if (!(pipe instanceof Writable)) return // the command could not be started
  pipe.on('error', () => {}) // the command has ended without reading
  pipe.end(message)
}

/** Sets LISTEN_PID by a shell, since only the process itself knows its pid in time. */
function withSockets(command: CommandLine, { fds }: Sockets): Omit<CommandLine, 'cwd' | 'message'> {
  const { file, args, shell } = command
  if (fds.length === 0 || !HAS_GROUPS) return command
  if (shell) return { file: `LISTEN_PID=$$; export LISTEN_PID; ${file}`, args, shell }
  return { file: '/bin/sh', args: ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', file, ...args] }
}

/**
 * In the background, the keyboard is the shell's. A process in a session of its own would not be stopped there
 * when it reads (SIGTTIN), and would take what is typed for others: it gets /dev/null, like a background job of `sh`.
 */
function keyboardFor(stdin: Settings['stdin']): Settings['stdin'] {
  return stdin === 'inherit' && isatty(0) && !isInForeground() ? 'ignore' : stdin
}

function endOf(child: ChildProcess, endTheRest: () => Promise<void>): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => void (child.pid === undefined && reject(error)))
    child.on('exit', async (code, signal) => {
      await endTheRest() // so that nothing of it runs when the next one starts
      resolve(exitOf(code, signal))
    })
  })
}

/** Says why a command could not be started: ENOENT may mean the file, its interpreter or the directory. */
function whyNot({ code, message }: NodeJS.ErrnoException, { file, cwd }: CommandLine): string {
  if (code === 'EACCES') return 'it is not executable'
  if (code === 'ETXTBSY') return 'it is still being written'
  if (code === 'EFTYPE' || code === 'UNKNOWN') return 'it is not a program for this system'
  if (code !== 'ENOENT') return message
  if (!existsSync(cwd)) return `the directory ${cwd} is gone`
  return existsSync(file) ? 'its interpreter does not exist' : 'there is no such file'
}
