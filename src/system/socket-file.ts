/** The file of a Unix socket: removed by whoever of parent and child is the last, and only if it is ours. */
import { statSync, unlinkSync } from 'node:fs'
import type { SocketFile } from '../protocol/child-config.ts'

export type { SocketFile }

export function socketFile(path: string): SocketFile {
  const { ino, birthtimeMs } = statSync(path)
  return { path, inode: ino, born: birthtimeMs }
}

/** What is in its place: it, nothing, the socket of somebody else, or anything else. */
export function fileState({ path, inode, born }: SocketFile): 'ours' | 'gone' | 'socket' | 'other' {
  const there = statOf(path)
  if (there === undefined) return 'gone'
  if (there.ino === inode && there.birthtimeMs === born) return 'ours'
  return there.isSocket() ? 'socket' : 'other'
}

export function removeSocketFile(file: SocketFile): void {
  try {
    if (fileState(file) === 'ours') unlinkSync(file.path)
  } catch {
    // no longer ours
  }
}

function statOf(path: string): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined // its folder is gone, or closed to us
  }
}
