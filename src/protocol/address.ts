/**
 * Where a server listens: a port on all addresses, a port of one address, or the path of a Unix socket. A
 * string may also be written as people write it: `'localhost:3000'`, `':3000'`, `'[::1]:3000'`, `'unix:/run/app.sock'`.
 */
export type ListenAddress = number | { readonly port: number; readonly host?: string } | string

/** What a path may be long, in bytes, with the zero at its end: `sun_path` in unix(7), unix(4). */
const PATH_SIZE = process.platform === 'linux' || process.platform === 'win32' ? 108 : 104

/** What a text must be to be an address; completes the sentence. */
export const ADDRESSES =
  'a port (0 to 65535), host:port, :port, [v6]:port, unix:path, or a path with a slash in it or .sock at its end'

/** The one form of an address, however it was written: a string is always a path then. Undefined for what is none. */
export function parseAddress(address: unknown): ListenAddress | undefined {
  if (typeof address === 'number') return isPort(address) ? address : undefined
  if (typeof address === 'string') return fromText(address)
  if (typeof address !== 'object' || address === null) return undefined
  const { port, host, ...rest } = address as Record<string, unknown>
  if (!isPort(port) || Object.keys(rest).length > 0) return undefined
  if (host === undefined) return port
  return typeof host === 'string' ? onHost(host.replace(/^\[(.*)\]$/, '$1'), port) : undefined
}

/** One string for each address, however it was written. */
export function addressKey(address: ListenAddress): string {
  const one = parseAddress(address) ?? address
  if (typeof one === 'string') return one
  const { port, host = '' } = typeof one === 'number' ? { port: one } : one
  return `${host}:${port}`
}

/** Why the system would refuse the path of a Unix socket, before a file with a part of its name is made. */
export function pathFault(path: string): string | undefined {
  const [length, longest] = [Buffer.byteLength(path), PATH_SIZE - 1]
  if (length <= longest) return undefined
  return `the path ${path} has ${length} bytes, and that of a Unix socket may have ${longest}`
}

function fromText(text: string): ListenAddress | undefined {
  if (/^\d+$/.test(text)) return parseAddress(Number(text))
  const path = /^unix:(?:\/\/(?=\/))?(.+)$/s.exec(text)?.[1]
  // The prefix says what a bare word alone would not.
  if (path !== undefined) return path.includes('\0') ? undefined : /[/\\]/.test(path) ? path : `./${path}`
  const { host, v6, port } =
    /^(?:(?<host>[^/:[\]\s]*)|\[(?<v6>[^\]/]+)\]):(?<port>\d+)$/.exec(text)?.groups ?? {}
  if (port !== undefined) {
    const name = v6 ?? host ?? ''
    if (!isPort(Number(port)) || PROTOCOLS.test(name)) return undefined
    return name === '' || name === '*' ? Number(port) : onHost(name, Number(port))
  }
  return (IS_PATH.test(text) || IS_SOCKET.test(text)) && !text.includes('\0') ? text : undefined
}

const onHost = (host: string, port: number): ListenAddress | undefined =>
  host === '' ? undefined : { port, host: host.toLowerCase() }

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535

/** Not hosts, but what stands before one: their sockets are not what `server.listen()` takes. */
const PROTOCOLS = /^(tcp|udp|unix|unixgram)[46]?$|^(https?|wss?|file|fd|tls|pipe|vsock|systemd)$/i

/** Nor is `http://localhost:3000` a path. */
const IS_PATH = process.platform === 'win32' ? /^(?!\w\w+:).*[/\\]/s : /^(?!\w+:\/\/).*\//s

/** A bare word that can only be meant as a file. */
const IS_SOCKET = /^[\w.-]+\.(sock|socket)$/

/** The first descriptor of a listening socket that is handed over (sd_listen_fds(3)). */
export const FIRST_SOCKET = 3
