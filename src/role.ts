/**
 * Which process this is, found out once: from what the preload left in the registry, from what a
 * worker thread inherits of its main thread, else from the variable `EXIT75`.
 */
import { BroadcastChannel, getEnvironmentData, isMainThread } from 'node:worker_threads'
import { type Change, RestartRequested } from './protocol/change.ts'
import { type Launch, ROLE_VARIABLE } from './protocol/child-config.ts'
import { CHANNEL, share, shared, type ThreadMessage } from './protocol/threads.ts'
import type { ChildRole, Role, SharedRole } from './registry.ts'

export const role: Role = (shared() as Role | undefined) ?? found()

/**
 * True in the process that is to call `launchChild()`. False in the child, with `EXIT75=off` in the
 * environment, in a cluster worker, and in a worker thread.
 */
export const PARENT: boolean = role.is === 'parent'

/** True in a process that `launchChild()` started, and in its worker threads; not in what it starts itself. */
export const CHILD: boolean = role.is === 'child'

/** Which launch this is: 1, 2, 3 … in the child, 0 elsewhere. */
export let generation: number = role.is === 'child' ? role.launch.generation : 0

/**
 * What caused this launch; after a crash, what may have mended it. Empty in the first generation, when
 * somebody asked for the restart or the app exited with 75 by itself, and outside the child.
 */
export const changes = (): Change[] => (role.is === 'child' ? [...role.launch.changes] : [])

/** The standby becomes the child: nothing of the app has seen the values of before. */
export function begin(launch: Launch): void {
  if (role.is !== 'child') return
  role.launch = launch
  generation = launch.generation
}

function found(): Role {
  const value = isMainThread ? roleOfProcess() : roleOfThread()
  share(value)
  return value
}

/** A child never gets here: its preload has written the registry, and removed the variable. */
function roleOfProcess(): Role {
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
    flags,
    stateDirectory,
    sockets,
    send,
    restart,
    cleanups: new Set(),
    leaving: false,
  } satisfies ChildRole
}
