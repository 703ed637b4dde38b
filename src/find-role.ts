/**
 * Which process this is, found out once: from what the preload left in the registry, from what a
 * worker thread inherits of its main thread, else from the variable `EXIT75`.
 */
import { BroadcastChannel, getEnvironmentData, isMainThread } from 'node:worker_threads'
import { RestartRequested } from './protocol/change.ts'
import { ROLE_VARIABLE } from './protocol/child-config.ts'
import { CHANNEL, share, shared, type ThreadMessage } from './protocol/threads.ts'
import type { ChildRole, Role, SharedRole } from './registry.ts'

/** The same for every copy of this package: the first one that asks writes it down for all. */
export const findRole = (): Role => (shared() as Role | undefined) ?? found()

function found(): Role {
  const value = isMainThread ? roleOfProcess() : roleOfThread()
  share(value)
  return value
}

/** A child never gets here: its preload has written the registry, and removed the variable. */
export function roleOfProcess(): Role {
  if (process.env[ROLE_VARIABLE] === 'off') return { is: 'neither', because: `${ROLE_VARIABLE} is "off"` }
  delete process.env[ROLE_VARIABLE] // a preset or a left-over: nothing that we start may take it for its own
  return isClusterWorker() ? { is: 'neither', because: 'this is a cluster worker' } : { is: 'parent' }
}

/** Only a process with an IPC channel can be one: the others are spared loading node:cluster. */
function isClusterWorker(): boolean {
  return process.channel !== undefined && process.getBuiltinModule('node:cluster').isWorker
}

function roleOfThread(): Role {
  const inherited = getEnvironmentData(CHANNEL) as SharedRole | undefined
  if (inherited === undefined) return { is: 'neither', because: 'this is a worker thread' }
  const channel = new BroadcastChannel(CHANNEL)
  const restart = new AbortController()
  channel.onmessage = (event) => {
    const word = (event as { data: ThreadMessage }).data
    if (word.is === 'outdated') restart.abort(new RestartRequested(word.reason))
  }
  channel.unref()
  const send = (word: ThreadMessage) => channel.postMessage(word)
  const { launch, flags, stateDirectory, sockets } = inherited
  return {
    is: 'child',
    launch,
    copies: [],
    flags,
    stateDirectory,
    sockets,
    send,
    restart,
    cleanups: new Set(),
    leaving: false,
  } satisfies ChildRole
}
