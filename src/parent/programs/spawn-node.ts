/** Starts one child, and hears it until its end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { CHANGES_VARIABLE, changesVariable } from '../../protocol/change.ts'
import { encodeChildConfig, type Launch, ROLE_VARIABLE } from '../../protocol/child-config.ts'
import { type Exit, exitOf } from '../../protocol/exit.ts'
import { byLine, decodeChildMessage, encode, type ParentMessage } from '../../protocol/messages.ts'
import { ownFile } from '../../system/own-files.ts'
import type { Sockets } from '../held/sockets.ts'
import { childConfig, type NodeProgramDeps } from './child-config.ts'
import { createInbox } from './inbox.ts'
import type { NodeCommandLine } from './node-command.ts'
import type { RunningChild } from './program.ts'

/** `launch` null: a standby. */
export function spawnChild(deps: NodeProgramDeps, launch: Launch | null): RunningChild {
  const { command, sockets } = deps
  const config = childConfig(deps, launch)
  // Not detached: in the terminal's foreground group the child gets Ctrl-C and Ctrl-Z by itself.
  const child = spawn(command.file, [...nodeFlags(command, launch), ...command.rest], {
    argv0: command.argv0,
    cwd: command.cwd,
    env: {
      ...command.env,
      ...activation(sockets),
      [ROLE_VARIABLE]: encodeChildConfig(config),
      [CHANGES_VARIABLE]: changesVariable(launch?.changes ?? []),
    },
    stdio: [
      deps.settings.stdin,
      'inherit',
      'inherit',
      ...sockets.fds,
      'pipe',
      'pipe',
      ...(process.connected ? ['ipc' as const] : []),
    ],
    serialization: serialization(),
  })
  const pipe = child.stdio[config.toParentFd] as Socket
  const fromParentFd = child.stdio[config.fromParentFd] as Socket
  const loaded = new Map<string, string>()
  const { push, onMessage } = createInbox()
  const heard = byLine((text) => {
    const word = decodeChildMessage(text)
    if (word?.is === 'loaded') for (const { path, stamp } of word.files) loaded.set(path, stamp)
    else if (word !== undefined) push(word)
  })
  pipe.setEncoding('utf8').on('data', heard).on('error', ignoreEnd)
  fromParentFd.on('error', ignoreEnd)
  const post = (word: ParentMessage) => void (fromParentFd.writable && fromParentFd.write(encode(word)))
  return {
    process: child,
    ended: endOf(child, pipe),
    startedAt: performance.now(),
    loaded,
    post,
    onMessage,
    kill(signal) {
      if (signal === 'SIGTERM') post({ is: 'terminated' })
      child.kill(signal)
    },
  }
}

/** The user's loaders are there before our preload; what notes the files that they read in a standby, before them. */
function nodeFlags({ flags, loaders, preload }: NodeCommandLine, launch: Launch | null): string[] {
  const isToBeObserved = launch === null && loaders.length > 0
  const observer = isToBeObserved ? ['-r', fileURLToPath(ownFile('observe-reads.cjs', 'launchChild()'))] : []
  return [...observer, ...flags, ...preload]
}

/** How the channel writes, so that the app can say to us what it could say without us. */
function serialization(): 'json' | 'advanced' {
  if (!process.connected) return 'json'
  try {
    // Node removes the variable when it starts; Linux keeps the first environment.
    const environment = readFileSync('/proc/self/environ', 'utf8').split('\0')
    return environment.includes('NODE_CHANNEL_SERIALIZATION_MODE=advanced') ? 'advanced' : 'json'
  } catch {
    return 'json' // no /proc: the default, which almost every program uses
  }
}

/** What systemd would say (sd_listen_fds(3)); the pid is known to the child alone. */
export function activation({ fds, names }: Sockets): NodeJS.ProcessEnv {
  if (fds.length === 0) return {}
  return { LISTEN_FDS: String(fds.length), LISTEN_FDNAMES: names.join(':') }
}

/**
 * Resolves when the process is gone and its last word is heard, on the pipe and on the IPC channel.
 * Node's own `close` says the same, but never comes after a `disconnect()` on this side.
 */
function endOf(child: ChildProcess, pipe: Socket): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      // A signal that finds the child gone is told here, too.
      if (child.pid === undefined)
        reject(new Error(`launchChild(): cannot start ${child.spawnfile}`, { cause }))
    })
    child.on('exit', async (code, signal) => {
      if (!pipe.closed) await new Promise((resolve) => pipe.on('close', resolve))
      if (child.connected) await new Promise((resolve) => child.on('disconnect', resolve))
      resolve(exitOf(code, signal))
    })
  })
}

/** The child may end while we write: its end is told by `exit`. */
function ignoreEnd(): void {}
