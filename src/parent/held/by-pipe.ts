/**
 * Listening sockets on Windows, where a child cannot start with them as descriptors: libuv duplicates them into
 * it, through a pipe of the same kind as Node's IPC channel, but separate from that, which is
 * the app's. A bound socket begins to listen when it is sent for the first time, and never accepts here.
 */
import type { ChildProcess } from 'node:child_process'
import { getSystemErrorName } from 'node:util'
import { addressKey, type ListenAddress } from '../../protocol/address.ts'
import { binding } from '../../system/binding.ts'
import { bindPort, type Handle } from './bind.ts'
import { NO_SOCKETS, type Sent, type Sockets } from './sockets.ts'

const NO_PATHS = 'a socket path cannot be handed over on Windows · each child listens on it by itself'
const NOT_ALLOWED =
  'listening sockets cannot be handed over under the permission model · each child listens by itself, once the one before it has ended'

/** Binds all ports, or throws for the first that cannot be bound. */
export async function bindForPipe(addresses: readonly ListenAddress[]): Promise<Sockets> {
  if (addresses.length === 0) return NO_SOCKETS
  if (binding('pipe_wrap') === undefined) return { ...NO_SOCKETS, areShared: false, warning: NOT_ALLOWED }
  const handles: Handle[] = []
  const bound: Record<string, object> = {}
  const close = () => {
    for (const handle of handles.splice(0)) handle.close()
  }
  try {
    for (const address of addresses) {
      const key = addressKey(address)
      if (typeof address === 'string' || key in bound) continue
      const handle = await bindPort(address)
      handles.push(handle)
      bound[key] = {}
      handle.getsockname(bound[key])
    }
  } catch (error) {
    close()
    throw error
  }
  const hasPath = addresses.some((address) => typeof address === 'string')
  const sockets: Sockets = { ...NO_SOCKETS, sent: { handles, addresses: bound }, close }
  return hasPath ? { ...sockets, areShared: false, warning: NO_PATHS } : sockets
}

/** Starts a process whose descriptor `at` is such a pipe, and sends the sockets. `failed`: called with a line for the user. */
export function startWithPipe(
  start: () => ChildProcess,
  at: number,
  { handles }: Sent,
  failed: (why: string) => void,
): ChildProcess {
  const { child, pipe } = withPipe(start, at)
  const end = child.stdio?.[at]
  end?.on('error', () => {}) // it may end before it has read
  if (pipe === undefined || child.pid === undefined) return child
  for (const handle of handles) {
    const error = pipe.writeUtf8String(new (parts().WriteWrap)(), '\n', handle)
    if (error === 0) continue
    failed(`a listening socket could not be handed over: ${getSystemErrorName(error)}`)
    end?.destroy() // the child does not wait for it
    break
  }
  return child
}

/** spawn() creates such a pipe for its own IPC channel only, so its argument is replaced on the way to the system. */
function withPipe(start: () => ChildProcess, at: number): { child: ChildProcess; pipe: Pipe | undefined } {
  const { Process, Pipe } = parts()
  const { spawn } = Process.prototype
  let pipe: Pipe | undefined
  Process.prototype.spawn = function (...args: unknown[]) {
    const entry = stdioIn(args)?.[at]
    if (entry !== undefined) {
      entry.handle.close()
      pipe = new Pipe(IPC)
      entry.handle = pipe
    }
    return spawn.apply(this, args)
  }
  try {
    return { child: start(), pipe }
  } finally {
    Process.prototype.spawn = spawn
  }
}

/** Returns the list of descriptors: a property of the only argument, or from Node 24 on an argument of its own. */
function stdioIn(args: readonly unknown[]): Entry[] | undefined {
  const lists = args.map((arg) => (arg as { stdio?: unknown } | undefined)?.stdio ?? arg)
  return lists.find(
    (list): list is Entry[] => Array.isArray(list) && list.length > 0 && typeof list[0] === 'object',
  )
}

interface Entry {
  handle: Pipe
}
interface Pipe {
  readonly writeUtf8String: (request: object, text: string, handle: Handle) => number
  readonly close: () => void
}

/** PipeConstants of Node. */
const IPC = 2

const parts = () => ({
  ...(binding('process_wrap') as { Process: { prototype: { spawn: (...args: unknown[]) => unknown } } }),
  ...(binding('pipe_wrap') as { Pipe: new (type: number) => Pipe }),
  ...(binding('stream_wrap') as { WriteWrap: new () => object }),
})
