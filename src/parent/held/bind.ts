/** Binds one address and listens on it without accepting, or throws an error that says what to do. */
import { once } from 'node:events'
import { lstatSync, type Stats, statSync, unlinkSync } from 'node:fs'
import net, { connect } from 'node:net'
import { dirname, resolve } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { type ListenAddress, pathFault } from '../../protocol/address.ts'
import { unixSockets } from '../../system/proc-net.ts'

/** The handle inside a net.Server. Undocumented, but the only way to listen without accepting. */
export interface Handle {
  readonly fd: number
  readonly getsockname: (out: object) => number
  readonly open: (fd: number) => number
  readonly readStart: () => number
  readonly readStop: () => number
  readonly listen: (backlog: number) => number
  readonly setBlocking: (on: boolean) => number
  readonly close: () => void
}
type CreateHandle = (address: string, port: number, type: number) => Handle | number
const createHandle = (net as unknown as { _createServerHandle?: CreateHandle })._createServerHandle

/** On Windows a listening socket cannot be one of the descriptors that a process starts with. */
export const BY_DESCRIPTOR: boolean = process.platform !== 'win32'

/** As in server.listen(); the child's own listen() sets it again. */
const BACKLOG = 511

export async function bindPort(address: number | { port: number; host?: string }): Promise<Handle> {
  const { port, host } = typeof address === 'number' ? { port: address } : address
  if (host === undefined) {
    // As in node:net: all addresses of both families, or of IPv4 if there is no IPv6.
    const both = bind('::', port, 6)
    return opened(typeof both === 'number' && !isInUse(both) ? bind('0.0.0.0', port, 4) : both, address)
  }
  const { lookup } = process.getBuiltinModule('node:dns/promises')
  const found = await lookup(host).catch((cause) => {
    throw new Error(`launchChild(): cannot listen on ${host}:${port}: there is no such host`, { cause })
  })
  return opened(bind(found.address, port, found.family), address)
}

/** Binds a path, replacing a socket file on which no process answers. */
export async function bindPath(path: string): Promise<Handle> {
  await makeRoom(path)
  return bindFreePath(path)
}

/** By its absolute path, which is unambiguous in lists of sockets, unless that is too long. */
export function bindFreePath(path: string): Handle {
  const whole = resolve(path)
  // libuv would report EACCES, and the system that the link is in use.
  if (look(dirname(whole), path) === undefined) throw cannotListen('ENOENT', path)
  if (lstatSync(whole, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Error(`launchChild(): cannot listen on ${path}: there is a broken symbolic link`)
  return opened(bind(pathFault(whole) === undefined ? whole : path, -1, -1), path)
}

/** Removes a socket file on which no process answers. Throws for anything else. */
async function makeRoom(path: string): Promise<void> {
  const stats = look(path, path)
  if (stats === undefined) return
  if (!stats.isSocket())
    throw new Error(`launchChild(): cannot listen on ${path}: there is a file that is not a socket`)
  const socket = connect(path)
  const answer = await once(socket, 'connect').catch((error: NodeJS.ErrnoException) => error.code)
  socket.destroy()
  if (answer === 'ECONNREFUSED' && holdersOf(path, 'silent').length === 0) unlinkSync(path)
  else throw cannotListen('EADDRINUSE', path)
}

/**
 * Returns the inodes of sockets bound to this name and not connected; `silent`: only those that do not listen: if
 * nobody answers at a path, a listening socket of this name is elsewhere. Linux only. A relative name may be in
 * another directory: better to refuse than to take another program's.
 */
export const holdersOf = (path: string, which: 'silent' | 'all' = 'all'): string[] =>
  unixSockets()
    // proc_net_unix(5): an unconnected stream socket.
    .filter(({ type, state, name }) => type === '0001' && state === '01' && resolve(name) === resolve(path))
    .filter(({ isListening }) => which === 'all' || !isListening)
    .map(({ inode }) => inode)

function look(at: string, path: string): Stats | undefined {
  try {
    return statSync(at, { throwIfNoEntry: false })
  } catch (error) {
    throw cannotListen((error as NodeJS.ErrnoException).code ?? '', path)
  }
}

function bind(address: string, port: number, type: number): Handle | number {
  if (createHandle === undefined)
    throw new Error('launchChild(): this version of Node cannot bind a socket ahead (option "listen")')
  const handle = createHandle(address, port, type)
  if (typeof handle === 'number') return handle
  // libuv reports an address in use only at a later call.
  const error = (port < 0 ? 0 : handle.getsockname({})) || listenWithoutAccepting(handle)
  if (error === 0) return handle
  handle.close()
  return error
}

/**
 * Merely binding would let another process bind the same port. But a listening handle accepts from the
 * next turn of the event loop on, unless libuv stops polling: readStop() does that, for a readable
 * handle, and reopening its own descriptor makes the handle readable.
 */
function listenWithoutAccepting(handle: Handle): number {
  if (!BY_DESCRIPTOR) return 0 // it listens when it is handed over
  const canStop = handle.open(handle.fd) === 0 && handle.readStart() === 0
  if (!canStop) return 0 // only bound; the first child listens
  const error = handle.listen(BACKLOG)
  handle.readStop()
  return error
}

function opened(handle: Handle | number, address: ListenAddress): Handle {
  if (typeof handle === 'number') throw cannotListen(getSystemErrorName(handle), address)
  return handle
}

const ADVICE: Record<string, string> = {
  EADDRINUSE: 'another program listens there. Stop it, or choose another address',
  EACCES: 'permission denied. Choose a port from 1024 on, or another path',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOENT: 'the directory does not exist',
}

function cannotListen(code: string, address: ListenAddress): Error {
  return refusal(shownAddress(address), ADVICE[code] ?? 'the system refuses', code)
}

/** The error for an address in use, where it is an earlier one of the same list that has it. */
export function inUseByOwn(address: ListenAddress, own: ListenAddress): Error {
  const both = `${shownAddress(address)} beside ${shownAddress(own)}`
  return refusal(both, 'they overlap. A port alone stands for all addresses', 'EADDRINUSE')
}

const refusal = (what: string, why: string, code: string): Error =>
  Object.assign(new Error(`launchChild(): cannot listen on ${what}: ${why} (${code})`), { code })

function shownAddress(address: ListenAddress): string {
  if (typeof address === 'string') return address
  const { port, host } = typeof address === 'number' ? { port: address } : address
  if (host === undefined) return `port ${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

const isInUse = (handle: Handle | number): boolean =>
  typeof handle === 'number' && getSystemErrorName(handle) === 'EADDRINUSE'
