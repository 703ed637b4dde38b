/** Tells the parent about a port that is in use: it may be the parent itself that listens there. */
import { subscribe } from 'node:diagnostics_channel'
import { role } from '../role.ts'

export function reportPortsInUse(): void {
  subscribe('tracing:net.server.listen:error', (message) => {
    const { code, port } = (message as { error?: { code?: string; port?: number } }).error ?? {}
    if (role.is === 'child' && code === 'EADDRINUSE' && port !== undefined) role.send({ is: 'in-use', port })
  })
}
