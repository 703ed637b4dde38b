/** The child's side of the sockets that the parent holds. */
import type { ListenOptions } from 'node:net'
import { inspect } from 'node:util'
import { ADDRESSES, addressKey, type ListenAddress, parseAddress } from '../protocol/address.ts'
import { role } from '../role.ts'
import { inheritedSockets, listensOn } from '../system/systemd.ts'

/** The work of the public function of this name: see on-demand.ts. */
export function listenOn(given: ListenAddress): ListenOptions & { readonly fd?: number } {
  const address = parseAddress(given)
  if (address === undefined)
    throw new TypeError(`listenOn(): the address must be ${ADDRESSES}, not ${inspect(given)}`)
  const held = role.is === 'child' ? role.sockets[addressKey(address)] : undefined
  const fd = held ?? inheritedSockets().find((socket) => listensOn(socket.fd, address))?.fd
  if (fd !== undefined) return { fd }
  if (typeof address === 'string') return { path: address }
  return typeof address === 'number' ? { port: address } : { ...address }
}
