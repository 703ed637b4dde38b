/** The child's side of the sockets that the parent holds. */
import type { ListenOptions } from 'node:net'
import { addressKey, type ListenAddress } from '../protocol/address.ts'
import { role } from '../role.ts'
import { inheritedSockets, listensOn } from '../system/systemd.ts'

/**
 * Where to listen: `server.listen(listenOn(3000))`. In the child it is the socket that the parent
 * holds for that address (option `listen`), which outlives this process: nobody is refused while a
 * restart goes on. Under systemd, with `EXIT75=off` or without exit75's parent, it is the socket
 * that systemd passed. Otherwise it is the address itself. One server may use it in a generation.
 */
export function listenOn(address: ListenAddress): ListenOptions & { readonly fd?: number } {
  const held = role.is === 'child' ? role.sockets[addressKey(address)] : undefined
  const fd = held ?? inheritedSockets().find((socket) => listensOn(socket.fd, address))?.fd
  if (fd !== undefined) return { fd }
  if (typeof address === 'string') return { path: address }
  return typeof address === 'number' ? { port: address } : { ...address }
}
