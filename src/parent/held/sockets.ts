/**
 * The listening sockets that outlive the children. The parent binds and never accepts: the first
 * child to listen makes the socket a listening one, and connections that arrive while there is no
 * child wait in its backlog for the next.
 */
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type Stats, statSync, unlinkSync } from 'node:fs'
import net, { connect } from 'node:net'
import { dirname, resolve } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { addressKey, type ListenAddress } from '../../protocol/address.ts'
import { unixSockets } from '../../system/proc-net.ts'
import { isStillThere, type SocketFile, socketFile } from '../../system/socket-file.ts'
import { inheritedSockets, listensOn } from '../../system/systemd.ts'

export interface Sockets {
  /** Descriptors of this process, in the order in which the child gets them. */
  readonly fds: readonly number[]
  readonly names: readonly string[]
  /** Key of an address to its place in that order. */
  readonly places: Readonly<Record<string, number>>
  /** What the user should know about them. */
  readonly warning?: string
  /** Of Unix sockets: the child removes them if this process cannot. */
  readonly files: readonly SocketFile[]
  readonly close: () => void
}

interface Bound {
  readonly fd: number
  readonly file?: SocketFile
  readonly close: () => void
}

/** What net itself binds with, before it listens. Not documented, and the only way to do the one without the other. */
interface Handle {
  readonly fd: number
  readonly getsockname: (out: object) => number
  readonly close: () => void
}
type CreateHandle = (address: string, port: number, type: number) => Handle | number
const createHandle = (net as unknown as { _createServerHandle?: CreateHandle })._createServerHandle

export const NO_SOCKETS: Sockets = { fds: [], names: [], places: {}, files: [], close: () => {} }

/** Throws one clear error for the first address that cannot be had. */
export async function bindSockets(addresses: readonly ListenAddress[]): Promise<Sockets> {
  const inherited = inheritedSockets()
  const fds = inherited.map(({ fd }) => fd)
  const names = inherited.map(({ name }) => name)
  const places: Record<string, number> = {}
  const files: SocketFile[] = []
  const bound: Bound[] = []
  const close = () => {
    for (const socket of bound.splice(0)) socket.close()
  }
  if (process.platform === 'win32' && addresses.length > 0) {
    const warning = 'listening sockets cannot be handed over on Windows · each child listens for itself'
    return { fds, names, places, files, warning, close }
  }
  try {
    for (const address of addresses) {
      const given = inherited.findIndex(({ fd }) => listensOn(fd, address))
      if (given >= 0) places[addressKey(address)] = given
      else {
        const socket = typeof address === 'string' ? await bindPath(address) : await bindPort(address)
        bound.push(socket)
        if (socket.file !== undefined) files.push(socket.file)
        places[addressKey(address)] = fds.push(socket.fd) - 1
        names.push('exit75')
      }
    }
  } catch (error) {
    close()
    throw error
  }
  return { fds, names, places, files, close }
}

async function bindPort(address: number | { port: number; host?: string }): Promise<Bound> {
  const { port, host } = typeof address === 'number' ? { port: address } : address
  if (host === undefined) {
    // As net does it: all addresses of both families, or of IPv4 where there is no IPv6.
    const both = bind('::', port, 6)
    return opened(typeof both === 'number' && !isInUse(both) ? bind('0.0.0.0', port, 4) : both, address)
  }
  const found = await lookup(host).catch((cause) => {
    throw new Error(`launchChild(): cannot listen on ${host}:${port}: there is no such host`, { cause })
  })
  return opened(bind(found.address, port, found.family), address)
}

async function bindPath(path: string): Promise<Bound> {
  await makeRoom(path)
  const socket = opened(bind(path, -1, -1), path)
  const file = socketFile(path)
  const close = () => {
    // libuv removes what has this name: not that of somebody who has taken the place.
    if (isStillThere(file)) socket.close()
  }
  return { fd: socket.fd, file, close }
}

/** Removes a socket that nobody answers on; refuses to touch anything else. */
async function makeRoom(path: string): Promise<void> {
  const there = look(path, path)
  // libuv would say EACCES.
  if (there === undefined && look(dirname(path), path) === undefined) throw cannotListen('ENOENT', path)
  if (there === undefined) return
  if (!there.isSocket())
    throw new Error(`launchChild(): cannot listen on ${path}: there is a file that is no socket`)
  const socket = connect(path)
  const answer = await once(socket, 'connect').catch((error: NodeJS.ErrnoException) => error.code)
  socket.destroy()
  if (answer === 'ECONNREFUSED' && !isBound(path)) unlinkSync(path)
  else throw cannotListen('EADDRINUSE', path)
}

/**
 * Whether a process holds a socket of this name that does not listen yet, as we do until the first
 * child does: nobody answers, and it is not left over. Linux only. A relative name may be one in
 * another directory: better refused than taken from somebody.
 */
function isBound(path: string): boolean {
  // proc_net_unix: it does not accept, is a stream, and not connected.
  return unixSockets().some(
    ({ flags, type, state, name }) =>
      flags === '00000000' && type === '0001' && state === '01' && resolve(name) === resolve(path),
  )
}

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
  // libuv keeps the news that an address is in use until somebody asks.
  const error = port < 0 ? 0 : handle.getsockname({})
  if (error === 0) return handle
  handle.close()
  return error
}

function opened(handle: Handle | number, address: ListenAddress): Handle {
  if (typeof handle === 'number') throw cannotListen(getSystemErrorName(handle), address)
  return handle
}

const ADVICE: Record<string, string> = {
  EADDRINUSE: 'another program listens there. Stop it, or choose another address',
  EACCES: 'this user may not. Choose a port from 1024 on, or another place',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOENT: 'the directory does not exist',
}

function cannotListen(code: string, address: ListenAddress): Error {
  const where = typeof address === 'string' ? address : addressKey(address).replace(/^:/, 'port ')
  const error = new Error(
    `launchChild(): cannot listen on ${where}: ${ADVICE[code] ?? 'the system refuses'} (${code})`,
  )
  return Object.assign(error, { code })
}

const isInUse = (handle: Handle | number): boolean =>
  typeof handle === 'number' && getSystemErrorName(handle) === 'EADDRINUSE'
