/**
 * Determines once which process this is: from the registry that the preload filled, from the data that
 * a worker thread inherits from its main thread, or else from the variable `EXIT75`.
 */
import { RestartRequested } from './protocol/change.ts'
import { ROLE_VARIABLE } from './protocol/child-config.ts'
import { CHANNEL, share, shared, type ThreadMessage } from './protocol/threads.ts'
import type { ChildRole, Role, SharedRole } from './registry.ts'
import { raiseAt } from './system/raise.ts'
import { VERSION } from './system/version.ts'

/**
 * Returns the same role to every copy of this package: the first caller stores it for all. Throws in a copy of
 * another version, since what they share is not the same in all; but patches of a version share the same.
 */
export function findRole(): Role {
  const role = (shared() as Role | undefined) ?? found()
  if (role.is === 'child' && minorOf(role.version) !== minorOf(VERSION))
    raiseAt(new Error(otherVersion(role.version)), '')
  return role
}

const minorOf = (version = ''): string | undefined => /^\d+\.\d+/.exec(version)?.[0]

const otherVersion = (version: string | undefined): string =>
  `${version === undefined ? 'an older exit75' : `exit75 ${version}`} runs this program, but the program imports exit75 ${VERSION} from ${import.meta.url}. ` +
  'Start it with that one, as npx exit75 does in its package, or install one version for both'

/** Not imported: a child, whose role is known, does not need it. */
const threads = () => process.getBuiltinModule('node:worker_threads')

function found(): Role {
  const value = threads().isMainThread ? roleOfProcess() : roleOfThread()
  share(value)
  return value
}

/** Never called in a child: its preload has filled the registry and removed the variable. The command calls it by itself. */
export function roleOfProcess(): Role {
  if (process.env[ROLE_VARIABLE] === 'off') return { is: 'neither', because: `${ROLE_VARIABLE} is "off"` }
  delete process.env[ROLE_VARIABLE] // whatever set it: a process that we start must not take it for its own
  return isClusterWorker() ? { is: 'neither', because: 'this is a cluster worker' } : { is: 'parent' }
}

/** Only a process with an IPC channel can be one, so no other needs to load node:cluster. */
function isClusterWorker(): boolean {
  return process.channel !== undefined && process.getBuiltinModule('node:cluster').isWorker
}

function roleOfThread(): Role {
  const { BroadcastChannel, getEnvironmentData } = threads()
  const inherited = getEnvironmentData(CHANNEL) as SharedRole | undefined
  if (inherited === undefined) return { is: 'neither', because: 'this is a worker thread' }
  const channel = new BroadcastChannel(CHANNEL)
  const restart = new AbortController()
  channel.onmessage = (event) => {
    const message = (event as { data: ThreadMessage }).data
    if (message.is === 'outdated') restart.abort(new RestartRequested(message.reason))
  }
  channel.unref()
  const send = (message: ThreadMessage) => channel.postMessage(message)
  const { launch, flags, stateDirectory, sockets } = inherited
  return {
    is: 'child',
    version: VERSION,
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
