/** Parent and child may both have been killed: what they left is removed by the next parent. */
import { readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** As state.ts makes them, with the pid of their parent. */
const NAME = /^exit75-(\d+)-[0-9a-f]{32}$/

export async function removeStaleState(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names) {
    const pid = NAME.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const path = join(tmpdir(), name)
    const owner = await stat(path).catch(() => undefined)
    if (owner?.uid === process.getuid?.()) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH' // EPERM: alive, and somebody else's
  }
}
