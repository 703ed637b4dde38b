/**
 * Where a server listens: a port on all addresses, a port of one address, or the path of a Unix socket.
 * Also as one string: `'localhost:3000'`, `':3000'`, `'[::1]:3000'`, `'unix:/run/app.sock'`.
 */
export type ListenAddress = number | { readonly port: number; readonly host?: string } | string

/** The longest socket path, in bytes with the final zero: `sun_path` in unix(7), unix(4). */
const PATH_SIZE = process.platform === 'linux' || process.platform === 'win32' ? 108 : 104

/** Completes the sentence: an address must be … */
export const ADDRESSES =
  'a port (0 to 65535), host:port, :port, [v6]:port, unix:path, or a path that contains a slash or ends in .sock'

/** Returns the canonical form of an address, in which a string is always a path. Undefined if invalid. */
export function parseAddress(address: unknown): ListenAddress | undefined {
  if (typeof address === 'number') return isPort(address) ? address : undefined
  if (typeof address === 'string') return fromText(address)
  if (typeof address !== 'object' || address === null) return undefined
  const { port: given, host, ...rest } = address as Record<string, unknown>
  // As for server.listen(): what comes from the environment is a text.
  const port = typeof given === 'string' && IS_NUMBER.test(given) ? Number(given) : given
  if (!isPort(port) || Object.keys(rest).length > 0) return undefined
  if (host === undefined) return port
  return typeof host === 'string' ? onHost(host.replace(/^\[(.*)\]$/, '$1'), port) : undefined
}

/** Returns one string for each address, however it was written. */
export function addressKey(address: ListenAddress): string {
  const parsed = parseAddress(address) ?? address
  if (typeof parsed === 'string') return parsed
  const { port, host = '' } = typeof parsed === 'number' ? { port: parsed } : parsed
  return `${host}:${port}`
}

/** Whether two addresses cannot be had both: one of them includes the other. */
export function collide(one: ListenAddress, other: ListenAddress): boolean {
  if (typeof one === 'string' || typeof other === 'string') return false
  const [a, b] = [one, other].map((address) => (typeof address === 'number' ? { port: address } : address))
  const hosts = [a?.host ?? '::', b?.host ?? '::']
  if (a?.port !== b?.port || a?.port === 0) return false
  return hosts.includes('::') || (hosts.includes('0.0.0.0') && hosts.every((host) => !host.includes(':')))
}

/** Returns why a socket path would be refused: checked first, since a truncated file might be created. */
export function pathFault(path: string): string | undefined {
  const [length, longest] = [Buffer.byteLength(path), PATH_SIZE - 1]
  if (length <= longest) return undefined
  return `the path ${path} has ${length} bytes, but that of a Unix socket may have at most ${longest}`
}

function fromText(text: string): ListenAddress | undefined {
  if (IS_NUMBER.test(text)) return parseAddress(Number(text))
  const path = /^unix:(?:\/\/(?=\/))?(.+)$/s.exec(text)?.[1]
  // With the prefix, a bare name is a path too; but `@name` is how abstract sockets are written.
  if (path !== undefined) return /^@|\0/.test(path) ? undefined : /[/\\]/.test(path) ? path : `./${path}`
  const { host, v6, port } =
    /^\s*(?:(?<host>[^/:[\]\s]*)|\[(?<v6>[^\]/]+)\]):(?<port>\d+)\s*$/.exec(text)?.groups ?? {}
  if (port !== undefined) {
    const name = v6 ?? host ?? ''
    if (!isPort(Number(port)) || PROTOCOLS.test(name)) return undefined
    return name === '' ? Number(port) : onHost(name, Number(port))
  }
  return (IS_PATH.test(text) || IS_SOCKET.test(text)) && !text.includes('\0') ? text : undefined
}

function onHost(host: string, port: number): ListenAddress | undefined {
  if (host === '*') return port
  return host === '' ? undefined : { port, host: host.toLowerCase() }
}

/** With what a file of variables leaves around a value, such as the `\r` of its lines. */
const IS_NUMBER = /^\s*\d+\s*$/

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535

/** Not hosts but prefixes, of URLs and socket types that `server.listen()` does not take. */
const PROTOCOLS = /^(tcp|udp|unix|unixgram)[46]?$|^(https?|wss?|file|fd|tls|pipe|vsock|systemd)$/i

/** Excludes `http://localhost:3000`. */
const IS_PATH = process.platform === 'win32' ? /^(?!\w\w+:).*[/\\]/s : /^(?!\w+:\/\/).*\//s

/** A bare name that can only mean a file. */
const IS_SOCKET = /^[\w.-]+\.(sock|socket)$/

/** The descriptor of the first listening socket passed to a process (sd_listen_fds(3)). */
export const FIRST_SOCKET = 3
