/** The file of a socket on which nobody answers, as a process leaves it that was killed. */
import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { createServer } from 'node:net'

export async function abandonedSocket(path: string): Promise<void> {
  const server = createServer().listen(path)
  await once(server, 'listening')
  renameSync(path, `${path}.aside`) // Node removes what has the name that it listened on
  server.close()
  await once(server, 'close')
  renameSync(`${path}.aside`, path)
}
