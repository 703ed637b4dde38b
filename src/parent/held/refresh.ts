/**
 * Rebinds Unix sockets whose file was removed: by a cleanup tool, or by an app that took it for a stale
 * one. The socket itself still exists, but no client can connect.
 */
import { fstatSync, renameSync, unlinkSync } from 'node:fs'
import { fileState, type SocketFile, socketFile } from '../../system/socket-file.ts'
import { bindFreePath, type Handle, holdersOf } from './bind.ts'

/** A socket that this process bound; `place` is its index among the descriptors. */
export interface Bound {
  readonly place: number
  handle: Handle
  inode: string
  file: SocketFile | undefined
  /** The last news about its file, reported only once. */
  lastNews: string
}

export function remember(place: number, handle: Handle, path: string | undefined): Bound {
  const file = path === undefined ? undefined : socketFile(path)
  return { place, handle, inode: inodeOf(handle), file, lastNews: '' }
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
  if (state !== 'gone' && !isStale) return reportOnce(socket, `${file.path} belongs to another program now`)
  try {
    if (isStale) unlinkSync(file.path)
    bindAnew(socket, file)
  } catch (error) {
    const why = (error as Error).message.replace(/^launchChild\(\): /, '')
    return reportOnce(socket, `the socket file ${file.path} is gone: ${why}`)
  }
  socket.lastNews = ''
  return { isRebound: true, news: `the socket file ${file.path} was gone · bound again` }
}

const AS_IT_WAS: Look = { isRebound: false }

/** Reports news once, not at every launch. */
function reportOnce(socket: Bound, news: string): Look {
  const isNew = socket.lastNews !== news
  socket.lastNews = news
  return isNew ? { isRebound: false, news } : AS_IT_WAS
}

/** Whether no other process holds the path. False if that is unknown. */
function isNobodys({ inode }: Bound, { path }: SocketFile): boolean {
  const holders = holdersOf(path)
  return holders.includes(inode) && holders.every((holder) => holder === inode)
}

function bindAnew(socket: Bound, { path }: SocketFile): void {
  const previous = socket.handle
  socket.handle = bindFreePath(path)
  // Moved aside, since libuv removes whatever has the path of the socket that it closes.
  const aside = `${path}.${process.pid}`
  renameSync(path, aside)
  previous.close()
  renameSync(aside, path)
  socket.inode = inodeOf(socket.handle)
  socket.file = socketFile(path)
}

const inodeOf = ({ fd }: Handle): string => String(fstatSync(fd).ino)

/** Closes a socket, unless libuv would then remove another program's file at its path. */
export function closeKeepingForeign({ handle, file }: Bound): void {
  const state = file === undefined ? 'gone' : fileState(file)
  if (state === 'ours' || state === 'gone') handle.close()
}
