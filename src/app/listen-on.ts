/** The child's side of the sockets that the parent holds. */
import { existsSync, lstatSync } from 'node:fs'
import type { ListenOptions } from 'node:net'
import { dirname, resolve } from 'node:path'
import { ADDRESSES, addressKey, type ListenAddress, parseAddress } from '../protocol/address.ts'
import { role } from '../role.ts'
import { raise } from '../system/raise.ts'
import { inheritedSockets, listensOn } from '../system/systemd.ts'
import { START } from '../watch/files/paths.ts'
import { noteParent } from './misplaced.ts'
import { noteNotPassed, takenFromSystemd } from './not-passed.ts'

/**
 * Returns where to listen: `server.listen(listenOn(3000))`. In the child this is the socket that the
 * parent holds for that address (option `listen`), which outlives this process: no connection is refused
 * during a restart. Under systemd, with `EXIT75=off` or without exit75's parent, it is the socket that
 * systemd passed. Otherwise it is the address itself. Only one server per generation may use it. Throws a
 * `TypeError` for anything that is not an address.
 *
 * Only sockets that accept connections are held. Each generation binds a UDP socket (node:dgram) itself, and what
 * is sent between two of them is lost; with `overlap` and the option `reuseAddr` of `createSocket()` nothing is
 * (Linux), without it the new generation cannot bind (EADDRINUSE).
 */
export function listenOn(given: ListenAddress): ListenOptions & { readonly fd?: number } {
  const address = parseAddress(given)
  if (address === undefined)
    raise(new TypeError(`listenOn(): the address must be ${ADDRESSES}, not ${inspect(given)}`), listenOn)
  noteParent('listenOn')
  const coming = role.is === 'child' ? role.comingSocket?.(addressKey(address)) : undefined
  if (coming !== undefined) return { handle: coming } as ListenOptions
  const held = role.is === 'child' ? role.sockets[addressKey(address)] : undefined
  // The app may have changed its directory since.
  if (held !== undefined && typeof address === 'string' && isMissing(resolve(START, address)))
    noteMissingFile(address)
  else {
    const fd = held ?? inheritedSockets().find((socket) => listensOn(socket.fd, address))?.fd
    if (fd !== undefined) {
      takenFromSystemd()
      return { fd }
    }
    noteNotHeld(given)
  }
  if (typeof address === 'string') return { path: address }
  return typeof address === 'number' ? { port: address } : { ...address }
}

/**
 * Many apps remove their socket file before they listen, in case one was left over. Then nobody could
 * connect to the parent's socket: this generation creates its own, as without exit75.
 */
function noteMissingFile(path: string): void {
  const text = `the socket file ${path} was removed before listenOn() · the app creates its own, and connections are refused while it restarts`
  if (role.is === 'child') role.send({ is: 'note', text })
}

/** Where the app could not create one either, for want of a directory or because of a link, the parent will. */
const isMissing = (path: string): boolean =>
  existsSync(`${dirname(path)}/.`) && lstatSync(path, { throwIfNoEntry: false }) === undefined

function noteNotHeld(given: ListenAddress): void {
  const address = inspect(given)
  if (role.is !== 'child') return noteNotPassed(address)
  const isWindows = process.platform === 'win32'
  if (isWindows && process.getBuiltinModule('node:worker_threads').isMainThread) return // the parent has said it
  const text = isWindows
    ? `listenOn(${address}): on Windows only the main thread gets what the parent holds`
    : `listenOn(${address}): the parent does not hold this address, and connections are refused while the app restarts · add it to the option listen: [${address}]`
  role.send({ is: 'note', text, once: true })
}

/** `import { inspect }` would make Node read all of its module, and open stderr for a part of it. */
const inspect = (value: unknown): string => process.getBuiltinModule('node:util').inspect(value)
