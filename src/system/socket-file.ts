/** The file of a Unix socket: removed by the last of parent and child, and only if it is still ours. */
import { statSync, unlinkSync } from 'node:fs'
import type { SocketFile } from '../protocol/child-config.ts'

export type { SocketFile }

export function socketFile(path: string): SocketFile {
  const { ino, birthtimeMs } = statSync(path)
  return { path, inode: ino, born: birthtimeMs }
}

/** Returns what is at its path: our file, nothing, another socket, or something else. */
export function fileState({ path, inode, born }: SocketFile): 'ours' | 'gone' | 'socket' | 'other' {
  const stats = statOf(path)
  if (stats === undefined) return 'gone'
  if (stats.ino === inode && stats.birthtimeMs === born) return 'ours'
  return stats.isSocket() ? 'socket' : 'other'
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
    return undefined // its folder is gone, or no permission
  }
}
