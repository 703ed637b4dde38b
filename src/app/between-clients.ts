/**
 * On Windows libuv has the system accept ahead of the event loop. Who was accepted since the loop has last asked is
 * reset when the listening socket is closed, as in plain Node: the longer that turn, the more of them.
 */
import type { Server } from 'node:net'

/** Whether this is such a system. */
export const ACCEPTS_AHEAD: boolean = process.platform === 'win32'

/** Where clients never cease to come, the last of these turns is as good as any. */
const TURNS = 200

/** Resolves when the loop has just asked, in a turn in which nobody came: the moment to close the server. */
export async function betweenClients(server: Server): Promise<void> {
  let came = 0
  const count = () => {
    came += 1
  }
  server.on('connection', count)
  await turn() // the rest of this one: it has asked before
  for (let at = 0; at < TURNS; at += 1) {
    came = 0
    await turn()
    if (came === 0) break
  }
  server.off('connection', count)
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
