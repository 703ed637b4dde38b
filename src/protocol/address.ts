/** Where a server listens: a port on all addresses, a port of one address, or the path of a Unix socket. */
export type ListenAddress = number | { readonly port: number; readonly host?: string } | string

/** One string for each address, however it was written. */
export function addressKey(address: ListenAddress): string {
  if (typeof address === 'string') return address
  const { port, host = '' } = typeof address === 'number' ? { port: address } : address
  return `${host}:${port}`
}

/** The first descriptor of a listening socket that is handed over (sd_listen_fds(3)). */
export const FIRST_SOCKET = 3
