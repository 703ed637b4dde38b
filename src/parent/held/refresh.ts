/**
 * The file of a Unix socket can be removed while the socket lives: by something that cleans up, or by
 * an app that removes what it takes for a left-over. No client can connect then.
 */
import { fstatSync, renameSync, unlinkSync } from 'node:fs'
import { fileState, type SocketFile, socketFile } from '../../system/socket-file.ts'
import { bindFreePath, type Handle, holdersOf } from './bind.ts'

/** A socket that this process made; `place` is that among the descriptors. */
export interface Bound {
  readonly place: number
  handle: Handle
  inode: string
  file: SocketFile | undefined
  /** What was told about its file, so that it is told once. */
  told: string
}

export function remember(place: number, handle: Handle, path: string | undefined): Bound {
  const file = path === undefined ? undefined : socketFile(path)
  return { place, handle, inode: inodeOf(handle), file, told: '' }
}

export interface Look {
  readonly isRebound: boolean
  readonly news?: string
}

export function lookAgain(socket: Bound): Look {
  const { file } = socket
  if (file === undefined) return AS_IT_WAS
  const state = fileState(file)
  if (state === 'ours') return AS_IT_WAS
  const isStale = state === 'socket' && isNobodys(socket, file)
  if (state !== 'gone' && !isStale) return told(socket, `${file.path} belongs to another program now`)
  try {
    if (isStale) unlinkSync(file.path)
    bindAnew(socket, file)
  } catch (error) {
    return told(socket, `the socket file ${file.path} is gone: ${(error as Error).message}`)
  }
  socket.told = ''
  return { isRebound: true, news: `the socket file ${file.path} was gone · bound anew` }
}

const AS_IT_WAS: Look = { isRebound: false }

/** Once, not at every launch. */
function told(socket: Bound, news: string): Look {
  const isNew = socket.told !== news
  socket.told = news
  return isNew ? { isRebound: false, news } : AS_IT_WAS
}

/** Only where the system tells who holds a name; ours is still held, without a file. */
function isNobodys({ inode }: Bound, { path }: SocketFile): boolean {
  const holders = holdersOf(path)
  return holders.includes(inode) && holders.every((one) => one === inode)
}

function bindAnew(socket: Bound, { path }: SocketFile): void {
  const before = socket.handle
  socket.handle = bindFreePath(path)
  // libuv removes what has the name of the socket that is closed.
  const aside = `${path}.${process.pid}`
  renameSync(path, aside)
  before.close()
  renameSync(aside, path)
  socket.inode = inodeOf(socket.handle)
  socket.file = socketFile(path)
}

const inodeOf = ({ fd }: Handle): string => String(fstatSync(fd).ino)

/** libuv removes what has this name: not that of somebody who has taken the place. */
export function closeKeepingForeign({ handle, file }: Bound): void {
  const state = file === undefined ? 'gone' : fileState(file)
  if (state === 'ours' || state === 'gone') handle.close()
}
