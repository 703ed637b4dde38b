/** The receiving side of systemd's socket activation (sd_listen_fds(3)). */
import { fstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { FIRST_SOCKET, type ListenAddress } from '../protocol/address.ts'
import { tcpSockets, unixSockets } from './proc-net.ts'

export interface InheritedSocket {
  readonly fd: number
  readonly name: string
}

/**
 * Returns the sockets passed to this process, and not merely to an ancestor. The variables may be stale or
 * wrong: the first descriptor that is not an open socket ends the list.
 */
export function inheritedSockets(env: NodeJS.ProcessEnv = process.env): InheritedSocket[] {
  const count = Number(env.LISTEN_FDS)
  if (env.LISTEN_PID !== String(process.pid) || !Number.isInteger(count)) return []
  const names = (env.LISTEN_FDNAMES ?? '').split(':')
  const sockets: InheritedSocket[] = []
  for (let fd = FIRST_SOCKET; fd < FIRST_SOCKET + count && inodeOf(fd) !== undefined; fd += 1)
    sockets.push({ fd, name: names[fd - FIRST_SOCKET] || 'unknown' })
  return sockets
}

/** Whether a descriptor listens on an address. Linux only, like systemd. */
export function listensOn(fd: number, address: ListenAddress): boolean {
  const inode = inodeOf(fd)
  if (inode === undefined) return false
  if (typeof address === 'string')
    return unixSockets().some(({ inode: one, name }) => one === inode && resolve(name) === resolve(address))
  const port = typeof address === 'number' ? address : address.port
  // proc_net_tcp: the local address is the second column, in hexadecimal; the inode is the tenth.
  return tcpSockets().some((row) => {
    return row[9] === inode && Number.parseInt(row[1]?.split(':')[1] ?? '', 16) === port
  })
}

function inodeOf(fd: number): string | undefined {
  try {
    const stat = fstatSync(fd)
    return stat.isSocket() ? String(stat.ino) : undefined
  } catch {
    return undefined // not open
  }
}
