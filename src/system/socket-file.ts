/** The file of a Unix socket: removed by whoever of parent and child is the last, and only if it is ours. */
import { statSync, unlinkSync } from 'node:fs'

export interface SocketFile {
  readonly path: string
  readonly inode: number
}

export const socketFile = (path: string): SocketFile => ({ path, inode: statSync(path).ino })

/** Whether nobody has taken the place in the meantime. */
export const isStillThere = ({ path, inode }: SocketFile): boolean =>
  statSync(path, { throwIfNoEntry: false })?.ino === inode

export function removeSocketFile(file: SocketFile): void {
  try {
    if (isStillThere(file)) unlinkSync(file.path)
  } catch {
    // its folder is gone, or no longer ours
  }
}
