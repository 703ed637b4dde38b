/** Linux's table of sockets (/proc/net), empty on other systems. */
import { readFileSync } from 'node:fs'

export interface UnixSocket {
  readonly isListening: boolean
  readonly type: string
  readonly state: string
  readonly inode: string
  /** As passed to bind(2), including spaces. */
  readonly name: string
}

/** `__SO_ACCEPTCON`, proc_net_unix(5). */
const LISTENING = 0x10000

/** Returns the Unix sockets that have a name. */
export function unixSockets(): UnixSocket[] {
  return lines('unix').flatMap((line) => {
    const found = /^\S+ +\S+ +\S+ +(\S+) +(\S+) +(\S+) +(\S+) (.+)$/.exec(line)
    if (found === null) return []
    const [, flags = '', type = '', state = '', inode = '', name = ''] = found
    return [{ isListening: (Number.parseInt(flags, 16) & LISTENING) !== 0, type, state, inode, name }]
  })
}

/** Returns the columns of TCP sockets of both families. */
export const tcpSockets = (): string[][] =>
  [...lines('tcp'), ...lines('tcp6')].map((line) => line.trim().split(/\s+/))

function lines(table: string): string[] {
  try {
    return readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)
  } catch {
    return [] // no such protocol, or no /proc
  }
}
