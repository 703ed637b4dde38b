/** Starts one child, and receives its messages until its end. */
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { CHANGES_VARIABLE, changesVariable } from '../../protocol/change.ts'
import { encodeChildConfig, type Launch, ROLE_VARIABLE, withLength } from '../../protocol/child-config.ts'
import { type Exit, exitOf, KILLED } from '../../protocol/exit.ts'
import { byLine, decodeChildMessage, encode, type ParentMessage } from '../../protocol/messages.ts'
import { fatalSignal } from '../../system/fatal-signal.ts'
import { isThreadLoader } from '../../system/flag-kinds.ts'
import { isChannelAdvanced } from '../../system/initial-environment.ts'
import { monotonic } from '../../system/monotonic.ts'
import { optionsOf, wordsOf } from '../../system/node-options.ts'
import { ownFile } from '../../system/own-files.ts'
import { withVariables } from '../../system/variables.ts'
import { startWithPipe } from '../held/by-pipe.ts'
import type { Sockets } from '../held/sockets.ts'
import { childConfig, type NodeProgramDeps } from './child-config.ts'
import { hear } from './heard.ts'
import { createInbox } from './inbox.ts'
import { leftBehind } from './left-behind.ts'
import type { NodeCommandLine } from './node-command.ts'
import { HAS_GROUPS, killTree } from './process-group.ts'
import type { RunningChild } from './program.ts'
import { startProcess } from './start-process.ts'

/** Starts a child, or with `launch` null a standby. */
export function spawnChild(deps: NodeProgramDeps, launch: Launch | null): RunningChild {
  const { command, settings, sockets } = deps
  const config = childConfig(deps, launch)
  // Not detached: in the terminal's foreground group the child gets Ctrl-C and Ctrl-Z directly.
  const options: SpawnOptions = {
    argv0: command.argv0,
    cwd: command.cwd,
    env: withVariables(command.env, {
      ...nodeOptions(command, launch),
      ...activation(sockets),
      [CHANGES_VARIABLE]: changesVariable(launch?.changes ?? []),
    }),
    stdio: [
      settings.stdin,
      'inherit',
      'inherit',
      ...sockets.fds,
      'pipe',
      'pipe',
      ...(config.comingSockets ? ['overlapped' as const] : []),
      ...(process.connected ? ['ipc' as const] : []),
    ],
    serialization: process.connected && isChannelAdvanced() ? 'advanced' : 'json',
  }
  const { file, rest } = command
  const args = [...nodeFlags(command, launch), ...rest]
  const value = encodeChildConfig(config)
  const start = () =>
    startProcess(file, args, { ...options, env: { ...options.env, [ROLE_VARIABLE]: value } })
  const { push, onMessage } = createInbox()
  const early = launch === null ? undefined : deps.early?.take({ file, args, options })
  const child =
    early?.process ??
    (sockets.sent && config.comingSockets
      ? startWithPipe(start, config.comingSockets.fd, sockets.sent, (text) => push({ is: 'note', text }))
      : start())
  // Undefined if the child could not be started.
  const fromChild = child.stdio?.[config.toParentFd] as Socket | undefined
  const toChild = child.stdio?.[config.fromParentFd] as Socket | undefined
  const { killTimeout } = settings
  const left = leftBehind(child.pid, killTimeout)
  const heard = hear(settings.mode === 'app')
  const onLine = byLine((line) => {
    const message = decodeChildMessage(line)
    if (message === undefined) return
    heard.note(message)
    if (message.is !== 'loaded') push(message)
  })
  /** 0 if it is not known. */
  let fatal = 0
  fromChild
    ?.setEncoding('utf8')
    .on('data', onLine)
    .on('error', ignoreEnd)
    .on('end', () => {
      if (heard.isRunning()) fatal = fatalSignal(child.pid as number) ?? 0
    })
  toChild?.on('error', ignoreEnd)
  if (early !== undefined) toChild?.write(withLength(value))
  const post = (message: ParentMessage) => void (toChild?.writable && toChild.write(encode(message)))
  return {
    process: child,
    ended: endOf(child, fromChild, command.cwd, left.end).then((exit) => {
      if (exit.code !== 0 || !heard.isRunning()) return exit
      const name = fatal > 0 ? `signal ${fatal}` : 'a signal that Node has no name for'
      push({ is: 'note', text: `the app was killed by ${name}` })
      return { code: KILLED + fatal, signal: null }
    }),
    startedAt: early?.startedAt ?? monotonic(),
    loaded: heard.loaded,
    post,
    onMessage,
    kill(signal) {
      // On Windows a signal would end the process, so that runs its listeners itself. One
      // message, since a second one would not be written at the end of this process.
      if (!HAS_GROUPS && heard.listensTo(signal)) return post({ is: 'signal', signal })
      if (signal === 'SIGTERM') post({ is: 'terminated' })
      if (heard.cooperates()) return void child.kill(signal) // it decides itself what it leaves behind
      if (!HAS_GROUPS) return killTree(child, signal)
      left.note()
      child.kill(signal)
    },
  }
}

/** Returns Node's flags: for a standby first the observers of loaders' reads, then the user's flags, then our preload. */
function nodeFlags(command: NodeCommandLine, launch: Launch | null): string[] {
  const { flags, loaders, threadLoaders, preload } = command
  const isToBeObserved = launch === null && loaders.length + threadLoaders.length > 0
  const observer = isToBeObserved ? ['-r', fileURLToPath(ownFile('observe-reads.cjs', 'launchChild()'))] : []
  const isThreadObserved = launch === null && hasThreadLoader(flags)
  return [...observer, ...(isThreadObserved ? observerInThread() : []), ...flags, ...preload]
}

/** The same for `--loader` in NODE_OPTIONS, which comes before all flags. The child gets the user's value back. */
function nodeOptions({ env }: NodeCommandLine, launch: Launch | null): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: given = '' } = env
  if (!hasThreadLoader(wordsOf(given)) || launch !== null) return {}
  return { NODE_OPTIONS: `${optionsOf(observerInThread())} ${given}` }
}

const observerInThread = (): string[] => ['--loader', ownFile('observe-loader.mjs', 'launchChild()').href]

/** Not with Yarn's Plug'n'Play, whose loader must be the first: before it, our own files are in an archive. */
const hasThreadLoader = (flags: readonly string[]): boolean =>
  process.versions.pnp === undefined && flags.some(isThreadLoader)

/** Returns systemd's variables (sd_listen_fds(3)), without the pid, which only the child knows. */
export function activation({ fds, names }: Sockets): NodeJS.ProcessEnv {
  if (fds.length === 0) return {}
  return { LISTEN_FDS: String(fds.length), LISTEN_FDNAMES: names.join(':') }
}

/**
 * Resolves when the process is gone, its last messages on the pipe and the IPC channel have been read,
 * and the processes it left behind are gone. Node's own `close` is never emitted after a `disconnect()`
 * on this side.
 */
function endOf(
  child: ChildProcess,
  pipe: Socket | undefined,
  cwd: string,
  endRest: () => Promise<void>,
): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause: NodeJS.ErrnoException) => {
      // Also emitted for a signal to a child that is gone.
      if (child.pid !== undefined) return
      const why = cause.code === 'ENOENT' && !existsSync(cwd) ? `the directory ${cwd} is gone` : cause.code
      const error = new Error(`launchChild(): cannot start ${child.spawnfile}: ${why}`, { cause })
      reject(Object.assign(error, { code: cause.code }))
    })
    child.on('exit', async (code, signal) => {
      if (pipe?.closed === false) await new Promise((resolve) => pipe.on('close', resolve))
      if (child.connected) await new Promise((resolve) => child.on('disconnect', resolve))
      await endRest()
      resolve(exitOf(code, signal))
    })
  })
}

/** The child may end while we write: `exit` reports that. */
function ignoreEnd(): void {}
