/**
 * The listening sockets that outlive the children. The parent listens but never accepts: connections that
 * arrive while there is no child wait in the backlog for the next one.
 */
import { addressKey, collide, type ListenAddress } from '../../protocol/address.ts'
import type { ComingSockets } from '../../protocol/child-config.ts'
import type { SocketFile } from '../../system/socket-file.ts'
import { inheritedSockets, listensOn } from '../../system/systemd.ts'
import { BY_DESCRIPTOR, bindPath, bindPort, type Handle, inUseByOwn } from './bind.ts'
import { type Bound, closeKeepingForeign, lookAgain, remember } from './refresh.ts'

/** Sockets that each child gets through a pipe (by-pipe.ts). */
export interface Sent {
  readonly handles: readonly Handle[]
  readonly addresses: ComingSockets['addresses']
}

export interface Sockets {
  /** Descriptors in this process, in the order in which the child gets them. */
  readonly fds: readonly number[]
  readonly names: readonly string[]
  /** Index in that order, by the key of the address. */
  readonly places: Readonly<Record<string, number>>
  readonly sent?: Sent
  /** Whether each child gets all of them: then two generations can serve at once. */
  readonly areShared: boolean
  /** For the user. */
  readonly warning?: string
  /** Files of Unix sockets, which the child removes if this process cannot. */
  readonly files: readonly SocketFile[]
  /** Call before each launch: rebinds Unix sockets whose file is gone, which changes `fds` and `files`. */
  readonly refresh: () => Refreshed
  /** Call before starting a command: makes the sockets blocking, as systemd passes them. */
  readonly block: () => void
  readonly close: () => void
}

export interface Refreshed {
  /** Whether descriptors have changed: a standby holds the old ones. */
  readonly isRebound: boolean
  /** For the user. */
  readonly news: readonly string[]
}

export const NO_SOCKETS: Sockets = {
  fds: [],
  names: [],
  places: {},
  areShared: true,
  files: [],
  refresh: () => ({ isRebound: false, news: [] }),
  block: () => {},
  close: () => {},
}

const NOT_HANDED_OVER =
  'listening sockets cannot be handed over to a command on Windows · it listens by itself'

/** Binds all addresses, or uses systemd's sockets. Throws for the first that cannot be bound. */
export async function bindSockets(addresses: readonly ListenAddress[]): Promise<Sockets> {
  const inherited = inheritedSockets()
  const fds = inherited.map(({ fd }) => fd)
  const names = inherited.map(({ name }) => name)
  const places: Record<string, number> = {}
  const bound: Bound[] = []
  const sockets: Sockets = {
    fds,
    names,
    places,
    areShared: true,
    get files() {
      return bound.flatMap(({ file }) => file ?? [])
    },
    refresh() {
      const looks = bound.map(lookAgain)
      for (const { place, handle } of bound) fds[place] = handle.fd
      return {
        isRebound: looks.some(({ isRebound }) => isRebound),
        news: looks.flatMap(({ news }) => news ?? []),
      }
    },
    block() {
      for (const { handle } of bound) handle.setBlocking(true)
    },
    close() {
      for (const socket of bound.splice(0)) closeKeepingForeign(socket)
    },
  }
  if (!BY_DESCRIPTOR && addresses.length > 0) {
    return { ...sockets, areShared: false, warning: NOT_HANDED_OVER }
  }
  try {
    for (const address of addresses) {
      const given = inherited.findIndex(({ fd }) => listensOn(fd, address))
      if (given >= 0) {
        places[addressKey(address)] = given
        continue
      }
      const isPath = typeof address === 'string'
      const handle = await (isPath ? bindPath(address) : bindPort(address)).catch((error) => {
        const own = addresses.slice(0, addresses.indexOf(address)).find((one) => collide(one, address))
        throw error.code === 'EADDRINUSE' && own !== undefined ? inUseByOwn(address, own) : error
      })
      const place = fds.push(handle.fd) - 1
      bound.push(remember(place, handle, isPath ? address : undefined))
      places[addressKey(address)] = place
      names.push('exit75')
    }
  } catch (error) {
    sockets.close()
    throw error
  }
  return sockets
}
