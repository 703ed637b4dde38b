/**
 * Starts a command that is no Node program. It says nothing to us, so its words are spoken for it.
 * It leads a process group of its own: a signal reaches all that a shell has started.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  CHANGES_VARIABLE,
  type ChildWord,
  changesVariable,
  type Exit,
  type Launch,
  NOT_EXECUTABLE,
  NOT_FOUND,
  ROLE_VARIABLE,
} from '../wire.ts'
import type { Settings } from './options.ts'
import { guard, HAS_GROUPS, processGroup } from './process-group.ts'
import type { Sockets } from './sockets.ts'
import { activation, type RunningChild } from './spawn-child.ts'

export interface CommandLine {
  readonly file: string
  /** The name that it goes by. Default: the file. */
  readonly argv0?: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Whether `file` is a line for the shell. */
  readonly shell?: boolean
}

export function spawnCommand(
  command: CommandLine,
  { env, signal, killTimeout, stdin }: Settings,
  sockets: Sockets,
  { generation, changes }: Launch,
): RunningChild {
  const { file, argv0, args, shell } = withSockets(command, sockets)
  const child = spawn(file, args, {
    ...(argv0 === undefined ? {} : { argv0 }),
    cwd: command.cwd,
    shell,
    detached: HAS_GROUPS,
    stdio: [stdin, 'inherit', 'inherit', ...sockets.fds],
    env: {
      ...withoutRole(process.env),
      ...env,
      ...activation(sockets),
      [CHANGES_VARIABLE]: changesVariable(changes),
    },
  })
  const group = processGroup(child)
  const disarm = guard(child, killTimeout)
  const unheard: ChildWord[] = []
  let listener: (word: ChildWord) => unknown = (word) => unheard.push(word)
  const speak = (word: ChildWord) => void listener(word)
  if (child.pid !== undefined) speak({ is: 'started' })
  return {
    process: child,
    bornAt: performance.now(),
    loaded: new Map(),
    ended: endOf(child, () => group.end(signal, killTimeout))
      .catch((error: NodeJS.ErrnoException) => cannotStart(error))
      .finally(disarm),
    say(word) {
      if (word.is === 'restart') speak({ ...word, is: 'outdated' })
      if (word.is === 'ask') speak({ is: 'idle', about: word.about })
    },
    hear(next) {
      listener = next
      for (const word of unheard.splice(0)) next(word)
    },
    kill: group.kill,
  }

  /** Later it may be about to be built anew: then it is as if it had ended with what a shell ends with. */
  function cannotStart(cause: NodeJS.ErrnoException): Exit {
    const text = `cannot start ${argv0 ?? file}: ${whyNot(cause, command)}`
    if (generation === 1) throw new Error(`launchChild(): ${text}`, { cause })
    speak({ is: 'note', text })
    return { code: cause.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE, signal: null }
  }
}

/** The pid that systemd's protocol wants is known only in the process itself. */
function withSockets(command: CommandLine, { fds }: Sockets): Omit<CommandLine, 'cwd'> {
  const { file, args, shell } = command
  if (fds.length === 0 || !HAS_GROUPS) return command
  if (shell) return { file: `LISTEN_PID=$$; export LISTEN_PID; ${file}`, args, shell }
  return { file: '/bin/sh', args: ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', file, ...args] }
}

function withoutRole({ [ROLE_VARIABLE]: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env
}

function endOf(child: ChildProcess, endTheRest: () => Promise<void>): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => void (child.pid === undefined && reject(error)))
    child.on('exit', async (code, signal) => {
      await endTheRest() // what it leaves behind is gone before the next one starts
      resolve(signal === null ? { code: code ?? 0, signal: null } : { code: null, signal })
    })
  })
}

/** The system says ENOENT of the program, of what is to run it, and of the directory. */
function whyNot({ code, message }: NodeJS.ErrnoException, { file, cwd }: CommandLine): string {
  if (code === 'EACCES') return 'it is not executable'
  if (code !== 'ENOENT') return message
  if (!existsSync(cwd)) return `the directory ${cwd} is gone`
  return existsSync(file) ? 'what it is to be run by is not there' : 'there is no such file'
}
