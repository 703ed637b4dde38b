/** The child's side of the sockets that the parent holds. */
import { existsSync } from 'node:fs'
import type { ListenOptions } from 'node:net'
import { resolve } from 'node:path'
import { inspect } from 'node:util'
import { ADDRESSES, addressKey, type ListenAddress, parseAddress } from '../protocol/address.ts'
import { role } from '../role.ts'
import { inheritedSockets, listensOn } from '../system/systemd.ts'

/**
 * Where to listen: `server.listen(listenOn(3000))`. In the child it is the socket that the parent
 * holds for that address (option `listen`), which outlives this process: no connection is refused
 * during a restart. Under systemd, with `EXIT75=off` or without exit75's parent, it is the socket
 * that systemd passed. Otherwise it is the address itself. One server may use it in a generation.
 */
export function listenOn(given: ListenAddress): ListenOptions & { readonly fd?: number } {
  const address = parseAddress(given)
  if (address === undefined)
    throw new TypeError(`listenOn(): the address must be ${ADDRESSES}, not ${inspect(given)}`)
  const held = role.is === 'child' ? role.sockets[addressKey(address)] : undefined
  const isGone = held !== undefined && typeof address === 'string' && !existsSync(resolve(START, address))
  if (isGone) tellThatFileIsGone(address)
  else {
    const fd = held ?? inheritedSockets().find((socket) => listensOn(socket.fd, address))?.fd
    if (fd !== undefined) return { fd }
  }
  if (typeof address === 'string') return { path: address }
  return typeof address === 'number' ? { port: address } : { ...address }
}

/**
 * Many apps remove the file of their socket before they listen, in case one was left over. Nobody
 * could connect to the one that the parent holds: this generation makes its own, as without exit75.
 */
function tellThatFileIsGone(path: string): void {
  const text = `the socket file ${path} was removed before listenOn() · the app makes its own, and connections are refused while it restarts`
  if (role.is === 'child') role.send({ is: 'note', text })
}

/** What relative paths of sockets belong to: the app may change its directory. */
const START = directory()

function directory(): string {
  try {
    return process.cwd()
  } catch {
    return '/' // it was removed
  }
}
